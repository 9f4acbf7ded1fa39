"""First passwords of imported people: handed out once, as a sheet for the administrator, and kept nowhere."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ..errors import Conflict, NotFound
from ..extensions import db
from ..models import Account, Job, JobState
from ..permissions import visible
from ..reports.sheet import write_xlsx
from ..reports.table import Column, Table
from . import audit
from .imports.people import JOB_KIND, initial_passwords

NEWEST = 20


def imports_of(by: Account) -> Sequence[Job]:
    """Return the person's latest imports that made accounts, newest first."""
    query = (
        select(Job)
        .where(visible(Job, by), Job.created_by_id == by.id, Job.kind == JOB_KIND, Job.state == JobState.DONE)
        .order_by(Job.id.desc())
        .limit(NEWEST)
    )
    return [job for job in db.session.scalars(query) if (job.result or {}).get("accounts")]


def hand_out(public_id: str, *, by: Account, at: datetime) -> bytes:
    """Return the sheet of first passwords of an import; raises NotFound, Conflict when it was handed out before."""
    query = select(Job).where(
        Job.public_id == public_id, visible(Job, by), Job.created_by_id == by.id, Job.kind == JOB_KIND
    )
    job = db.session.scalars(query.with_for_update()).first()
    if job is None or not (job.result or {}).get("accounts"):
        raise NotFound(_("没有找到该次导入，或它没有新增人员。"))
    if job.result["handed_out"]:
        raise Conflict(_("该次导入的初始密码已领取过，如有遗失请在人员管理中逐人重置密码。"))
    job.result = job.result | {"handed_out": at.isoformat()}
    audit.record("hand_out_passwords", job, by=by, at=at, detail={"accounts": len(job.result["accounts"])})
    return _sheet(_people(job.result["accounts"], by), job.payload["seed"])


def _people(ids: Sequence[int], by: Account) -> list[Account]:
    """Return those of the new people who still are within the person's area."""
    query = select(Account).where(Account.id.in_(ids), visible(Account, by)).options(joinedload(Account.department))
    return list(db.session.scalars(query.order_by(Account.id)))


def _sheet(people: Sequence[Account], seed: str) -> bytes:
    target = BytesIO()
    columns = [Column(gettext("用户姓名"), 8), Column(gettext("部门"), 20), Column(gettext("手机号码"), 8)]
    columns += [Column(gettext("登录用户名"), 10), Column(gettext("初始密码"), 10)]
    rows = [
        (person.name, str(person.department), person.mobile, person.username, password)
        for person, password in initial_passwords(people, seed)
    ]
    note = gettext("请当面或通过可靠方式告知本人，登录后请立即修改密码；本表只生成这一次，请勿转发。")
    write_xlsx(Table(gettext("人员初始密码"), columns, rows, above=[note]), target)
    return target.getvalue()
