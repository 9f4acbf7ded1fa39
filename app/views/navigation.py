"""The menu as the person of this request sees it; no statement is spent on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app, render_template, request, url_for
from flask_appbuilder.const import PERMISSION_PREFIX
from flask_appbuilder.menu import MenuItem
from flask_babel import get_locale
from flask_login import current_user
from markupsafe import Markup

from .. import clock
from .access import may
from .cells import action_label, inside, show, show_size, tag, until
from .rows import table_rows

KEPT_AT_MOST = 1000  # menus: roles that occur together × languages × places


@dataclass(frozen=True)
class Entry:
    """A menu entry, or a heading with the entries below it."""

    name: str
    label: Any
    icon: str
    url: str
    children: "tuple[Entry, ...]" = field(default=())

    @property
    def names(self) -> Iterator[str]:
        yield self.name
        for child in self.children:
            yield from child.names

    def covers(self, path: str) -> bool:
        """Tell whether a page lies under this entry."""
        return bool(self.url) and self.url != "/" and path.startswith(self.url)


def open_entries() -> tuple[Entry, ...]:
    """Return the entries of FAB's menu that the person may open; headings without entries are left out.

    It follows from the roles alone, so it is worked out once for those who hold the same.
    """
    return _kept("entries", (_role_names(), request.script_root), _read_entries)


def side_menu() -> Markup:
    """Return the side menu as HTML, kept for the next page with the same entries, language and place."""
    entries, path = open_entries(), request.path
    here = tuple(leaf.name for entry in entries for leaf in entry.children or (entry,) if leaf.covers(path))
    key = (_role_names(), request.script_root, str(get_locale()), here)
    return _kept("side", key, lambda: Markup(render_template("skin/side.html", entries=entries, path=path)))  # noqa: S704


def _kept(what: str, key: tuple, make: Callable[[], Any]) -> Any:
    """Return what was made for this key before, or make it; there are few keys, so nothing is thrown away singly."""
    kept = current_app.extensions.setdefault("menu", {})
    if len(kept) > KEPT_AT_MOST:
        kept.clear()
    if (what, key) not in kept:
        kept[what, key] = make()
    return kept[what, key]


def _role_names() -> frozenset[str] | None:
    user = current_user._get_current_object()
    return user.role_names if user.is_authenticated else None


def _read_entries() -> tuple[Entry, ...]:
    return tuple(e for e in map(_entry, current_app.appbuilder.menu.get_list()) if e is not None)


def _entry(item: MenuItem) -> Entry | None:
    if item.name == "-" or not item.should_render():
        return None
    if item.childs:
        children = tuple(e for e in map(_entry, item.childs) if e is not None)
        return Entry(item.name, item.label, item.icon, "", children) if children else None
    return Entry(item.name, item.label, item.icon, item.get_url()) if _is_open(item) else None


def _is_open(item: MenuItem) -> bool:
    """An entry is open when its page is; a bare link when a role grants `menu_access` on its name."""
    view = item.baseview
    if view is None:
        return current_user.is_authenticated and may_link(item.name)
    method = getattr(view, view.default_view)
    if not hasattr(method, "_permission_name"):
        return True
    permission = PERMISSION_PREFIX + view.get_method_permission(view.default_view)
    return permission in view.base_permissions and may(permission, view.class_permission_name)


def may_link(name: str) -> bool:
    """Tell whether a role of the person grants a bare menu link."""
    from ..roles import may as role_may

    return role_may(current_user.role_names, "menu_access", name)


def html_lang() -> str:
    """Return the language of the page as HTML names it."""
    locale = get_locale()
    return "zh-CN" if locale is None or locale.language == "zh" else locale.language


def other_languages() -> list[tuple[str, str]]:
    """Return (address, name) of the languages that are not shown now."""
    now = str(get_locale())
    languages = current_app.config["LANGUAGES"]
    back = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return [(url_for("LanguageView.index", locale=k, next=back), v["name"]) for k, v in languages.items() if k != now]


def init_navigation(app: Flask) -> None:
    """Give templates the menu, the languages and the words for values."""
    app.jinja_env.globals.update(
        open_entries=open_entries,
        side_menu=side_menu,
        html_lang=html_lang,
        other_languages=other_languages,
        show=show,
        tag=tag,
        action_label=action_label,
        until=until,
        table_rows=table_rows,
        now=clock.now,
    )
    app.jinja_env.filters.update(show=show, moment=clock.show, size=show_size, inside=inside)
