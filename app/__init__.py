"""The application: `create_app` is the only place where the parts are tied together."""

import secrets
import sys
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Config, chosen

from . import cli, database, logs, sites
from .extensions import csrf, db, migrate

SECRET_FILE = "secret_key"  # noqa: S105 - a file name


def create_app(config: type[Config] | None = None) -> Flask:
    """Return the application for a configuration (the one `SHENBAO_CONFIG` names by default)."""
    config = config or chosen()
    app = Flask(__name__, static_folder="static", instance_path=str(config.INSTANCE))
    app.config.from_object(config)
    Path(config.INSTANCE).mkdir(parents=True, exist_ok=True)
    app.config["SECRET_KEY"] = app.config["SECRET_KEY"] or _instance_secret(config)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = database.engine_options(app.config["SQLALCHEMY_DATABASE_URI"])
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    logs.init_logs(app)
    _trust_proxies(app)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(Path(__file__).resolve().parent.parent / "migrations"))
    database.init_database(app)
    sites.init_sites(app)
    csrf.init_app(app)
    _init_screens(app)
    _init_worker(app)
    cli.init_cli(app)
    return app


def _trust_proxies(app: Flask) -> None:
    """Take address and scheme from the proxies in front: log-in limits count by the address of the person."""
    proxies = app.config["TRUSTED_PROXIES"]
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)


def _init_screens(app: Flask) -> None:
    from . import views
    from .views.arriving import init_arriving
    from .views.framework import OwnAppBuilder

    init_arriving(app)
    appbuilder = OwnAppBuilder()
    with app.app_context():
        appbuilder.init_app(app, db.session)
        views.init_views(app, appbuilder)
        db.session.remove()


def _init_worker(app: Flask) -> None:
    from . import jobs

    jobs.init_jobs(app)


def _instance_secret(config: type[Config]) -> str:
    """Return the secret that `flask setup` made; production refuses to start without one."""
    path = Path(config.INSTANCE) / SECRET_FILE
    if path.exists():
        return path.read_text().strip()
    if config.__name__ == "ProdConfig" and not _is_setting_up():
        raise RuntimeError("set SECRET_KEY, or run `flask setup` once to make one in the instance folder")
    return make_secret(path)


def _is_setting_up() -> bool:
    """Tell whether this process is `flask setup`, which makes the secret and so starts without one."""
    return Path(sys.argv[0]).name in ("flask", "__main__.py") and "setup" in sys.argv[1:]


def make_secret(path: Path) -> str:
    """Make the secret key, readable by the owner only; a key that is there already stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text().strip()
