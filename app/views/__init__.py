"""Screens: `init_views` mounts all of them and is the whole menu."""

from flask import Flask
from flask_appbuilder import AppBuilder

from .error_pages import init_error_pages
from .headers import init_headers
from .health import HealthView
from .language import LanguageView
from .navigation import init_navigation


def init_views(app: Flask, appbuilder: AppBuilder) -> None:
    """Tie headers, error pages and menu to the application and mount every screen."""
    init_headers(app)
    init_navigation(app)
    init_error_pages(app)
    _mount(appbuilder)


def _mount(appbuilder: AppBuilder) -> None:
    appbuilder.add_view_no_menu(HealthView)
    appbuilder.add_view_no_menu(LanguageView)
