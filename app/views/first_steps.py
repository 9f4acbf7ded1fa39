"""身份办理: where people start who have registered and are nothing else yet."""

from flask import g
from flask_appbuilder import expose
from flask_babel import gettext

from ..services import first_steps
from .base import ScopedView, allowed

FIRST_STEPS = "first_steps"  # its entry in the menu


class FirstStepsView(ScopedView):
    """`/first-steps/`: four doors, and how far the person has come behind each."""

    route_base = "/first-steps"

    @expose("/")
    @allowed("read")
    def index(self):
        """Show the doors."""
        return self.render_template(
            "start/first_steps.html", title=gettext("身份办理"), steps=first_steps.steps_of(g.user)
        )
