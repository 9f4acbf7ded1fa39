"""Translations, found once a request: flask_babel alone looks for the catalogue anew at every word."""

from typing import Any

from flask import Flask, g
from flask_babel import Domain, get_locale
from markupsafe import Markup


class KeptDomain(Domain):
    """The catalogue of the language of this request, or of the one that is forced just now."""

    def get_translations(self) -> Any:
        locale = get_locale()
        if locale is None:
            return super().get_translations()
        kept = g.get("catalogue")
        if kept is None or kept[0] is not locale:
            kept = g.catalogue = (locale, super().get_translations())
        return kept[1]


def init_words(app: Flask) -> None:
    """Let Python and templates find their words by the kept catalogue."""
    babel = app.extensions["babel"].instance
    babel.domain_instance = domain = KeptDomain(domain=babel.domain)

    def words(text: str, **variables: Any) -> Markup:
        """Return a sentence of a template; it is markup, what is put into it is not."""
        found = domain.get_translations().ugettext(text)
        return Markup(found) % variables  # noqa: S704 - sentences are the platform's own

    app.jinja_env.globals.update(_=words, gettext=words)
