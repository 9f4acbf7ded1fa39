"""Alembic's entry: runs migrations with the application's engine and compares against its tables."""

from alembic import context
from flask import current_app

from app.columns import Money, UTCDateTime


def _render_item(kind, item, autogen_context):
    """Write our column types as what they are in the database: a migration must not depend on the code."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime()"
    if kind == "type" and isinstance(item, Money):
        return "sa.BigInteger()"
    return False


def _compare_type(migration_context, inspected_column, metadata_column, inspected_type, metadata_type):
    """SQLite has one integer type and stores JSON as text: only PostgreSQL can tell types apart."""
    return False if migration_context.dialect.name == "sqlite" else None


def _include_object(thing, name, kind, reflected, compare_to):
    """What only one of the databases has is written by hand in migrations."""
    by_hand = {"index": "pg_", "table": "search_fts"}.get(kind)
    return not (by_hand and reflected and compare_to is None and name.startswith(by_hand))


def run() -> None:
    """Run the migrations on one connection."""
    database = current_app.extensions["migrate"].db
    with database.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_item=_render_item,
            compare_type=_compare_type,
            include_object=_include_object,
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            context.run_migrations()
        if connection.in_transaction():
            connection.commit()


run()
