"""Number the links of the audit chain

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "audit_event", sa.Column("sealed_no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
    )
    op.execute("UPDATE audit_event SET sealed_no = id WHERE sealed_sha IS NOT NULL")  # so far sealed in that order
    op.drop_index("ix_audit_event_seal", table_name="audit_event")
    op.create_index("ix_audit_event_sealed", "audit_event", ["sealed_no"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_audit_event_sealed", table_name="audit_event")
    op.create_index("ix_audit_event_seal", "audit_event", ["sealed_sha"], unique=False)
    op.drop_column("audit_event", "sealed_no")
