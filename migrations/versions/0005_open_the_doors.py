"""Open the doors: what registration, sign-on, certification, units and experts need

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_account_mobile", "ab_user", ["site_id", "mobile"])
    op.add_column("enterprise", sa.Column("registry_authority", sa.String(length=80), nullable=True))
    json = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
    op.add_column("enterprise", sa.Column("business_kinds", json, nullable=True))
    _add_sign_on(json)
    op.add_column("sealed_copy", sa.Column("pages", sa.Integer(), server_default="0", nullable=False))
    _let_enterprises_have_one_administrator()
    op.create_index("uq_join_request_open", "join_request", ["account_id", "enterprise_id"], unique=True, **_OPEN)
    op.add_column("expert", sa.Column("phone", sa.String(length=20), nullable=True))
    op.add_column("expert", sa.Column("email", sa.String(length=120), nullable=True))


_ADMINISTRATOR = {f"{name}_where": sa.text("role = 'administrator'") for name in ("sqlite", "postgresql")}
_OPEN = {f"{name}_where": sa.text("state = 'open'") for name in ("sqlite", "postgresql")}


def _let_enterprises_have_one_administrator() -> None:
    """Who came first stays; those who came later go on as employees who may do everything."""
    op.execute(
        "UPDATE membership SET role = 'employee' WHERE role = 'administrator' AND id NOT IN"
        " (SELECT min(id) FROM membership WHERE role = 'administrator' GROUP BY enterprise_id)"
    )
    op.create_index("uq_membership_administrator", "membership", ["enterprise_id"], unique=True, **_ADMINISTRATOR)


def _add_sign_on(json) -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    audience = sa.Enum("enterprise", "individual", "government", name="provideraudience", native_enum=False, length=32)
    op.create_table(
        "identity_provider",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("site_id", big, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("client_secret", sa.String(length=300), nullable=False),
        sa.Column("audience", audience, nullable=False),
        sa.Column("claims", json, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("site_id", "key"),
    )
    op.create_table(
        "pending_sign_on",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("site_id", big, nullable=False),
        sa.Column("provider_id", big, nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("facts", json, nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.ForeignKeyConstraint(["provider_id"], ["identity_provider.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("secret_hash"),
    )
    op.create_index("ix_pending_sign_on_expires", "pending_sign_on", ["expires_at"])
    op.add_column(
        "linked_system", sa.Column("reads_id_numbers", sa.Boolean(), server_default="0", nullable=False)
    )
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE article ADD COLUMN system_id {kind} REFERENCES linked_system (id)")


def _drop_sign_on() -> None:
    op.drop_column("article", "system_id")
    op.drop_column("linked_system", "reads_id_numbers")
    op.drop_table("pending_sign_on")
    op.drop_table("identity_provider")


def downgrade() -> None:
    op.drop_column("expert", "email")
    op.drop_column("expert", "phone")
    op.drop_index("uq_join_request_open", "join_request")
    op.drop_index("uq_membership_administrator", "membership")
    op.drop_column("sealed_copy", "pages")
    _drop_sign_on()
    op.drop_column("enterprise", "business_kinds")
    op.drop_column("enterprise", "registry_authority")
    op.drop_index("ix_account_mobile", "ab_user")
