"""What the framework says is said in Chinese: its own catalogue and ours leave nothing out."""

from pathlib import Path

import flask_appbuilder
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask_babel import force_locale, gettext

OURS = Path(__file__).resolve().parents[2] / "translations" / "zh_Hans_CN" / "LC_MESSAGES"
FRAMEWORK = Path(flask_appbuilder.__file__).parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]


def translated(catalogue):
    return {message.id for message in catalogue if message.id and message.string and not message.fuzzy}


def test_every_message_of_the_framework_is_translated():
    said = {m[2] for m in extract_from_dir(str(FRAMEWORK), METHODS, keywords={"_": None, "lazy_gettext": None})}
    with (FRAMEWORK / "translations" / "zh" / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        known = translated(read_mo(file))
    with (OURS / "messages.po").open("rb") as file:
        known |= translated(read_po(file))
    assert {m for m in said if isinstance(m, str) and m} - known == set()


def test_both_catalogues_are_read_together(app):
    with app.test_request_context(), force_locale("zh_Hans_CN"):
        assert gettext("Deleted Row") != "Deleted Row"
        assert gettext("Delete") == "删除"
