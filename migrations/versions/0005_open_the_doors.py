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


def downgrade() -> None:
    op.drop_column("enterprise", "business_kinds")
    op.drop_column("enterprise", "registry_authority")
    op.drop_index("ix_account_mobile", "ab_user")
