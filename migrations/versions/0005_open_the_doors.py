"""Open the doors: what registration, sign-on, certification, units and experts need

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_account_mobile", "ab_user", ["site_id", "mobile"])


def downgrade() -> None:
    op.drop_index("ix_account_mobile", "ab_user")
