"""What screens are built on."""

from flask_appbuilder import BaseView

from .access import allowed, grants, may, refuse, wants_json
from .cells import show, show_size, tag, until
from .listing import Listing, Tab
from .model_view import ScopedModelView
from .scoped import ScopedInterface
from .urls import came_from, here, safe_path


class ScopedView(BaseView):
    """A custom screen; its methods carry `@expose` and `@allowed`, its rows come through `permissions.get_visible`."""

    default_view = "index"


__all__ = [
    "Listing",
    "ScopedInterface",
    "ScopedModelView",
    "ScopedView",
    "Tab",
    "allowed",
    "came_from",
    "grants",
    "here",
    "may",
    "refuse",
    "safe_path",
    "show",
    "show_size",
    "tag",
    "until",
    "wants_json",
]
