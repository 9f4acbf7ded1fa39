"""Commands: set up, fill with demo data, work, check declaration types."""

import json
from pathlib import Path

import click
from flask import Flask, current_app
from flask_appbuilder.security.sqla.models import Role
from flask_migrate import upgrade
from sqlalchemy import select

from . import clock
from .extensions import db
from .models import Site


def init_cli(app: Flask) -> None:
    """Register the commands."""
    for command in (setup, demo, worker, types, rebuild_search):
        app.cli.add_command(command)


@click.command()
def setup() -> None:
    """Create schema, secret and roles; running it again changes nothing."""
    from . import make_secret
    from .forms.package import shipped_code_lists
    from .services import accounts, code_lists, letter_templates, site_search
    from .services.sign_on import keys

    make_secret(Path(current_app.config["INSTANCE"]) / "secret_key")
    if not current_app.config["SIGNING_KEY"]:
        keys.make_signing_key(Path(current_app.config["SIGNING_KEY_FILE"]))
    upgrade()
    accounts.ensure_roles()
    for site_id in db.session.scalars(select(Site.id)).all():
        code_lists.keep(shipped_code_lists(), site_id)
        letter_templates.add_defaults(site_id)
    site_search.fill_if_empty(clock.now())
    db.session.commit()
    click.echo(f"已就绪：{len(db.session.scalars(select(Role)).all())} 个角色")


@click.command()
@click.argument("name", required=False)
def demo(name: str | None) -> None:
    """Add a demo site; one that is there already stays as it is."""
    from .demo import DEFAULT, fill, load_data

    name = name or DEFAULT
    key = load_data(name)["site"]["key"]
    if db.session.scalars(select(Site).where(Site.key == key)).first() is not None:
        click.echo("演示站点已存在，未作改动。")
        return
    fill(clock.now(), name)
    db.session.commit()
    click.echo("演示数据已生成。")


@click.command()
@click.option("--workers", default=2, show_default=True, help="Number of worker threads.")
def worker(workers: int) -> None:
    """Run the worker as a process of its own."""
    from .jobs import run_worker

    run_worker(current_app._get_current_object(), workers=workers)


@click.command("rebuild-search")
def rebuild_search() -> None:
    """Describe every article and call anew for the site search."""
    from .services import site_search

    count = site_search.rebuild(clock.now())
    db.session.commit()
    click.echo(f"已重建搜索索引：{count} 条")


@click.group()
def types() -> None:
    """Declaration types: check, load, export."""


@types.command("check")
@click.argument("folders", nargs=-1, type=click.Path(exists=True, path_type=Path))
def check_types(folders: tuple[Path, ...]) -> None:
    """Check the shipped packages, or those named; every problem with its place."""
    from .forms.definition import DefinitionError
    from .services import types as services
    from .workflow.definition import WorkflowError

    failed = False
    for folder in folders or services.shipped_packages():
        try:
            services.check_package(folder)
            click.echo(f"{folder.name}: 通过")
        except (DefinitionError, WorkflowError) as error:
            failed = True
            for problem in error.problems:
                click.echo(f"{folder.name}: {problem}", err=True)
    if failed:
        raise SystemExit(1)


@types.command("load")
@click.argument("folders", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--site", "site_key", default=None, help="Key of the site (default: the first one).")
def load_types(folders: tuple[Path, ...], site_key: str | None) -> None:
    """Install packages on a site; an unchanged package keeps its version."""
    from .services import types as services

    query = select(Site).order_by(Site.id)
    site = db.session.scalars(query.where(Site.key == site_key) if site_key else query).first()
    if site is None:
        raise click.ClickException("没有找到站点，请先运行 flask demo 或新建站点。")
    for folder in folders or services.shipped_packages():
        version = services.install_package(folder, site, clock.now())
        click.echo(f"{folder.name}: v{version.number} {version.sha[:12]}")
    db.session.commit()


@types.command("schema")
@click.argument("key", required=False)
def print_schema(key: str | None) -> None:
    """Print the JSON Schema of the format, or that of the answers of a type's newest version."""
    from .authoring.schemas import answers_schema, format_schema
    from .services import types as services

    schema = answers_schema(services.newest_definition(key)) if key else format_schema()
    click.echo(json.dumps(schema, ensure_ascii=False, indent=1))


@types.command("export")
@click.argument("key")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export_type(key: str, folder: Path) -> None:
    """Write the newest version of a type into a folder, as it would be shipped."""
    from .services import types as services

    folder.mkdir(parents=True, exist_ok=True)
    for name, text in services.export_newest(key).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        click.echo(str(path))
