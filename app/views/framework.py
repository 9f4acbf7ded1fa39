"""FAB's AppBuilder without the pages that this platform does not show."""

from flask_appbuilder import AppBuilder


class OwnAppBuilder(AppBuilder):
    """Mounts the start page and the log-in only: `/back`, `/lang/…`, the menu and API pages of FAB stay out."""

    def _add_admin_views(self) -> None:
        from .start import StartView

        self._indexview = self.add_view_no_menu(StartView)
        self.sm.register_views()
