"""The base of every generated screen: list, reading page, forms and actions over the rows that a person may see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import ModelView, expose
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlalchemy import ColumnElement, Select
from sqlalchemy.exc import IntegrityError

from ..errors import DomainError, Forbidden
from ..extensions import db
from . import edit_lock
from .access import allowed, grants
from .cells import inside, read_path, show
from .declared import ROUTES, Declared
from .listing import Listing, Row, Tab, columns_of, link, read_order, read_place
from .model_forms import RelationField
from .paging import Order, bounded_text, count_each_bounded
from .row_actions import RowActions
from .row_options import RowOptions
from .scoped import ScopedInterface, loading_options
from .urls import came_from, here


class ScopedModelView(Declared, RowActions, RowOptions, ModelView):
    """Generated screens of one model.

    A subclass names `noun`, `purpose`, `list_columns`, `show_columns`, `search_columns`, `base_permissions`,
    `label_columns`, and `add_columns` / `edit_columns` where it lets people add or edit: nothing is guessed. Verbs are
    `create`, `change` and `remove`; override them to call a service.
    """

    datamodel: ScopedInterface

    noun: Any = None
    heading: Any = None  # of the list, where it is not the noun
    purpose: Any = None
    empty_hint: Any = None
    subject: str = "name"
    page_size = 25
    base_order = ("id", "desc")
    never_empty: ClassVar[frozenset[str]] = frozenset()
    line_columns: Sequence[str] | None = None  # what lines read besides list_columns; naming it leaves the rest unread

    list_template = "skin/list.html"
    show_template = "skin/show.html"
    add_template = "skin/form.html"
    edit_template = "skin/form.html"

    # ------------------------------------------------------------ hooks of a screen

    def conditions(self) -> list[ColumnElement]:
        """Narrow every reading of this screen further than the model's scope."""
        return []

    def tabs(self) -> Sequence[Tab]:
        """Return the phases of the work shown as tabs."""
        return ()

    def row_url(self, row: Any) -> str | None:
        """Return where the subject of a line leads."""
        return self._address("show", row) if grants(self, "show") else None

    def row_key(self, row: Any) -> Any:
        """Return what a ticked line sends."""
        return self._key(row)

    def create(self, form: FlaskForm) -> Any:
        """Make a row from the form; override to call a service."""
        item = self.datamodel.obj()
        form.populate_obj(item)
        if hasattr(item, "site_id") and item.site_id is None:
            item.site_id = g.user.site_id
        db.session.add(item)
        return item

    def change(self, item: Any, form: FlaskForm) -> Any:
        """Change a row from the form; override to call a service."""
        form.populate_obj(item)
        return item

    def remove(self, item: Any) -> None:
        """Delete a row; override to call a service."""
        db.session.delete(item)

    def after_save(self, item: Any) -> str:
        """Return the page that follows a successful save."""
        return came_from(self._list_url())

    # ------------------------------------------------------------ list

    @expose("/")
    @allowed("list")
    def list(self):
        """Show one page of rows."""
        return self.render_template(self.list_template, **self.list_context())

    def list_context(self) -> dict[str, Any]:
        """Return what the list template reads; a custom list may add to it."""
        return {
            "title": self.heading or self.noun,
            "listing": self.read_listing(),
            "bulk_actions": [a for a in self._granted_actions() if a.multiple],
            "here": here(),
        }

    def read_listing(self) -> Listing:
        """Read the URL and return the rows it asks for."""
        args = request.args
        path = url_for(f"{self.endpoint}.list")
        tabs = self.tabs()
        tab = _pick_tab(tabs, args.get("tab"))
        asked = [c for c in (f.read(args) for f in self._filters_of_list) if c is not None]
        statement = self.datamodel.scoped(*self.conditions(), *asked)
        counts = self._count_tabs(tabs, statement)
        if tab is not None:
            statement = statement.where(tab.condition)
        name, descending = read_order(args, self.order_columns, self.base_order)
        page = self.datamodel.page(
            statement.options(*self._loading),
            self._order(name, descending),
            read_place(args, self.page_size),
            counts[tab.key] if tab else None,
        )
        shown = dict(args.items())
        return Listing(
            page=page,
            columns=columns_of(
                self.list_columns,
                self.label_columns,
                self.order_columns,
                (name, descending),
                lambda **changes: link(path, shown, **changes),
            ),
            rows=[self._row(item) for item in page.rows],
            filters=self._filters_of_list,
            tabs=[replace(t, count=bounded_text(counts[t.key])) for t in tabs],
            tab=tab.key if tab else None,
            args=shown,
            path=path,
            typed={f.name: f.values(args) for f in self._filters_of_list},
        )

    def _row(self, item: Any) -> Row:
        subject = str(show(read_path(item, self.subject)))
        return Row(self.row_key(item), subject, self.row_url(item), [cell(item) for cell in self._cells], item)

    def _order(self, name: str, descending: bool) -> Order:
        column = getattr(self.datamodel.obj, name)
        nullable = column.property.columns[0].nullable and name not in self.never_empty
        return Order(column, self.datamodel.obj.id, descending, nullable=nullable)

    def _count_tabs(self, tabs: Sequence[Tab], statement: Select) -> dict[str, int]:
        """Return the bounded counts of all tabs, read by one statement."""
        if not tabs:
            return {}
        conditions = (tab.condition for tab in tabs)
        numbers = count_each_bounded(self.datamodel.session, statement, self.datamodel.obj.id, conditions)
        return dict(zip((tab.key for tab in tabs), numbers, strict=True))

    # ------------------------------------------------------------ reading page

    @expose("/show/<pk>")
    @allowed("show")
    def show(self, pk):
        """Show one row."""
        return self.render_template(self.show_template, **self.show_context(self._find(pk, self.show_columns)))

    def show_context(self, item: Any) -> dict[str, Any]:
        """Return what the reading page shows; a custom page may add to it."""
        return {
            "title": show(read_path(item, self.subject)),
            "item": item,
            "key": self._key(item),
            "fieldsets": self._fieldsets(item),
            "single_actions": [a for a in self._granted_actions() if a.single],
            "back": came_from(self._list_url()),
        }

    def _fieldsets(self, item: Any) -> list[tuple[Any, list[tuple[Any, Any]]]]:
        sets = self.show_fieldsets or [(None, {"fields": self.show_columns})]
        return [
            (title, [(self.label_columns[name], self._cell(name)(item)) for name in given["fields"]])
            for title, given in sets
        ]

    # ------------------------------------------------------------ add, edit, delete

    @expose("/add", methods=["GET", "POST"])
    @allowed("add")
    def add(self):
        """Show the empty form, or make a row from it."""
        form = self.add_form()
        if request.method != "POST":
            self._take_relations_from_url(form)
        if form.validate_on_submit():
            item = self._commit(form, lambda: self.create(form))
            if item is not None:
                flash(gettext("已保存"), "success")
                return redirect(self.after_save(item))
        return self._form_page(self.add_template, form, gettext("新增%(noun)s", noun=inside(self.noun)))

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @allowed("edit")
    def edit(self, pk):
        """Show a row in the form, or change it."""
        if request.method == "POST":
            edit_lock.hold(self.datamodel, pk)
        item = self._find(pk, self.edit_columns)
        subject = show(read_path(item, self.subject))
        title = gettext("编辑%(noun)s：%(subject)s", noun=inside(self.noun), subject=subject)
        form = self.edit_form(obj=item)
        shown = edit_lock.signs_to_send(item, form)
        if form.validate_on_submit():
            if changed := edit_lock.changed_meanwhile(item, form):
                edit_lock.tell_changes(changed, item, form)
                signs = edit_lock.signs_of(item, form)
                return self._form_page(self.edit_template, form, title, as_shown=signs, status=409)
            if self._commit(form, lambda: self.change(item, form)) is not None:
                flash(gettext("已保存"), "success")
                return redirect(self.after_save(item))
        return self._form_page(self.edit_template, form, title, as_shown=shown)

    @expose("/delete/<pk>", methods=["GET", "POST"])
    @allowed("delete")
    def delete(self, pk):
        """Ask, then delete."""
        item = self._find(pk)
        subject = str(show(read_path(item, self.subject)))
        if request.method != "POST":
            text = gettext("确定删除%(noun)s“%(subject)s”？删除后不能恢复。", noun=inside(self.noun), subject=subject)
            return self._confirm_page(text, [subject], fields=[], submit=gettext("删除"), danger=True)
        if self._commit(None, lambda: self.remove(item) or item, still_visible=False) is not None:
            flash(gettext("已删除“%(subject)s”", subject=subject), "success")
        return redirect(came_from(self._list_url()))

    def _form_page(
        self, template: str, form: FlaskForm, title: str, *, as_shown: str = "", status: int | None = None
    ) -> tuple[str, int]:
        back = came_from(self._list_url())
        page = self.render_template(template, title=title, form=form, as_shown=as_shown, back=back)
        return page, status or (422 if form.is_submitted() else 200)

    def _commit(self, form: FlaskForm | None, verb: Callable[[], Any], *, still_visible: bool = True) -> Any:
        """Run a verb and commit; a refusal is shown with the form, whose typed text stays."""
        try:
            item = verb()
            db.session.flush()
            if still_visible and self.datamodel.find(self._key(item)) is None:
                raise Forbidden(gettext("不能保存到您的管理范围之外"))
            db.session.commit()
        except DomainError as refusal:
            db.session.rollback()
            _show_refusal(form, refusal)
        except IntegrityError:
            db.session.rollback()
            _show_refusal(form, DomainError(self._clash(form)))
        else:
            return item
        return None

    def _clash(self, form: FlaskForm | None) -> str:
        if form is None:
            return gettext("仍有其他数据引用这条记录，请先处理后再删除")
        return gettext("已有相同的%(noun)s，请核对名称或编号后再保存", noun=inside(self.noun))

    def _take_relations_from_url(self, form: FlaskForm) -> None:
        for field in form:
            if isinstance(field, RelationField) and field.name in request.args:
                field.data = field.related.find(request.args[field.name], *field.narrow())

    # ------------------------------------------------------------ small parts

    def _find(self, pk: str, columns: Sequence[str] = ()) -> Any:
        options = loading_options(self.datamodel.obj, [self.subject, *columns])
        return self.datamodel.find(pk, *self.conditions(), options=options) or abort(404)

    def _key(self, item: Any) -> Any:
        return getattr(item, self.datamodel.key)

    def _list_url(self) -> str:
        return url_for(f"{self.endpoint}.list")

    def _address(self, method: str, row: Any) -> str:
        """Build the address by hand: asking the router for every link of a page costs more than reading the rows."""
        return f"{request.script_root}{self.route_base}/{method}/{self._key(row)}"

    def _cell(self, name: str) -> Callable[[Any], Any]:
        own = getattr(self, "cell_" + name.replace(".", "_"), None)
        if own is not None:
            return own
        formatter = self.formatters_columns.get(name, show)
        return lambda row: formatter(read_path(row, name))

    def render_template(self, template: str, **context: Any) -> str:
        """Render with the view itself and what it grants, so that templates show only what works."""
        able = {name: grants(self, name) for name in ROUTES}
        return super().render_template(template, view=self, able=able, **context)


def _pick_tab(tabs: Sequence[Tab], key: str | None) -> Tab | None:
    if not tabs:
        return None
    return next((t for t in tabs if t.key == key), tabs[0])


def _show_refusal(form: FlaskForm | None, refusal: DomainError) -> None:
    """Put the sentence at its field when the refusal names one, otherwise on top of the page."""
    named = refusal.details.get("fields") or {}
    placed = False
    for name, sentence in named.items():
        if form is not None and name in form:
            form[name].errors = [*form[name].errors, str(sentence)]
            placed = True
    if not placed:
        flash(str(refusal), "danger")
