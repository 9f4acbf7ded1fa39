"""The business register: the shipped file, a file of one's own, an adapter by name, and what is wrong with each."""

import pytest

from app.demo import world
from app.models import Enterprise
from app.services.particulars import is_credit_code
from app.services.register import Entry, NotReachable, adapter_for

HEADINGS = "统一社会信用代码,企业名称,法定代表人,无关的列\n"


class Elsewhere:
    """An adapter of somebody else's."""

    def __init__(self, config):
        self.config = config

    def look_up(self, credit_code):
        return Entry(credit_code, "别处登记的名称")


def _file(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "register.csv"
    path.write_bytes(text.encode(encoding))
    return adapter_for({"REGISTER": "file", "REGISTER_FILE": path})


def test_the_shipped_file_knows_the_demo_enterprises(app, session):
    register = adapter_for(app.config)
    for enterprise in session.query(Enterprise):
        assert is_credit_code(enterprise.credit_code)
        entry = register.look_up(enterprise.credit_code)
        assert (entry.name, entry.established_on) == (enterprise.name, enterprise.established_on.isoformat())
    assert register.look_up(world.credit_code("441302", 9999)) is None
    for line in world.load_data()["certifications"]:
        assert register.look_up(line["credit_code"])


def test_a_file_of_the_bureaus_own_is_read_anew_when_it_changes(tmp_path):
    register = _file(tmp_path, HEADINGS + "91440101madem00017,甲公司,甲,x\n,空行,,\n", "utf-8-sig")
    assert register.look_up("91440101MADEM00017").legal_representative == "甲"
    register = _file(tmp_path, HEADINGS + "91440101MADEM00017,乙公司,乙,x\n" * 2)
    assert register.look_up("91440101MADEM00017").name == "乙公司"


@pytest.mark.parametrize("text", ["没有,标题\n1,2\n", HEADINGS.replace("企业名称", "名称") + "1,2,3,4\n"])
def test_a_file_without_its_headings_does_not_answer(tmp_path, text):
    with pytest.raises(NotReachable):
        _file(tmp_path, text).look_up("91440101MADEM00017")


def test_a_file_that_is_not_there_or_not_text_does_not_answer(tmp_path):
    with pytest.raises(NotReachable):
        adapter_for({"REGISTER": "file", "REGISTER_FILE": tmp_path / "nothing.csv"}).look_up("91440101MADEM00017")
    with pytest.raises(NotReachable):
        _file(tmp_path, HEADINGS, "utf-16").look_up("91440101MADEM00017")


def test_an_adapter_is_named_by_module_and_class():
    register = adapter_for({"REGISTER": f"{__name__}:Elsewhere"})
    assert register.look_up("91440101MADEM00017").name == "别处登记的名称"
    with pytest.raises(ValueError, match=r"package\.module:Class"):
        adapter_for({"REGISTER": "nowhere"})
