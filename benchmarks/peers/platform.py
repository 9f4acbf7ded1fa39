"""The platform under gunicorn, with a long menu."""

from app import create_app
from app.extensions import db

from .counting import count_statements
from .menu import mount_menu

app = create_app()
mount_menu(app)
with app.app_context():
    count_statements(app, db.engine)
