"""Declaration types: installed from their bodies, published as immutable versions, parsed once per process."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import contains_eager, defer

from .. import roles
from ..errors import Invalid, NotFound
from ..extensions import db
from ..forms.definition import DefinitionError, TypeDefinition, body_sha, definition_for, parse_type
from ..forms.package import (
    export_package,
    load_package,
    shipped_packages,  # noqa: F401 - offered here to the commands
)
from ..models import Account, Call, CodeList, DeclarationType, DeclarationTypeVersion, Site, VersionStatus
from ..workflow.definition import Workflow, parse_workflow
from . import audit, code_lists


def check_package(folder: Path) -> None:
    """Parse form and workflow of a package; raises DefinitionError or WorkflowError with every problem."""
    definition = parse_type(load_package(folder), source=f"{folder.name}/type.yaml")
    parse_workflow(definition.workflow, roles=roles.ALL_ROLES)


def install_package(folder: Path, site: Site, at: datetime) -> DeclarationTypeVersion:
    """Install a package folder on a site; the same body twice gives the same version."""
    return install_body(load_package(folder), site, at)


def install_body(
    body: Mapping[str, Any], site: Site, at: datetime, *, by: Account | None = None
) -> DeclarationTypeVersion:
    """Publish a body as the newest version of its type; raises DefinitionError or WorkflowError.

    What the site has changed in its code lists counts more than what the body brings along.
    """
    code_lists.keep(body.get("code_lists") or {}, site.id)
    body = code_lists.laid_over(body, site.id)
    sha = body_sha(body)
    definition = definition_for(sha, body)
    parse_workflow(definition.workflow, roles=roles.ALL_ROLES)
    declaration_type = _type_for(definition, site)
    newest = _newest(declaration_type)
    if newest is not None and newest.sha == sha:
        return newest
    declaration_type.title = definition.title
    return _publish(declaration_type, newest, body, sha, at, by=by)


def _newest(declaration_type: DeclarationType) -> DeclarationTypeVersion | None:
    return db.session.scalars(
        select(DeclarationTypeVersion)
        .where(DeclarationTypeVersion.type_id == declaration_type.id)
        .order_by(DeclarationTypeVersion.number.desc())
        .limit(1)
    ).first()


def _publish(
    declaration_type: DeclarationType,
    newest: DeclarationTypeVersion | None,
    body: Mapping[str, Any],
    sha: str,
    at: datetime,
    *,
    by: Account | None = None,
) -> DeclarationTypeVersion:
    version = DeclarationTypeVersion(
        type=declaration_type,
        number=newest.number + 1 if newest else 1,
        sha=sha,
        body=dict(body),
        status=VersionStatus.PUBLISHED,
        published_at=at,
    )
    db.session.add(version)
    db.session.flush()
    audit.record("publish", version, by=by, at=at, detail={"key": declaration_type.key, "sha": sha})
    return version


def take_in_lists(call: Call, at: datetime) -> None:
    """Move a call to a version with the code lists as they are now; what is under way keeps the version it has.

    It is done when the next declaration begins, so that many edits on screen make one version.
    """
    old = definition_of(call.version).body
    body = code_lists.laid_over(old, call.site_id)
    if body is old:
        return
    declaration_type = db.session.scalars(
        select(DeclarationType).where(DeclarationType.id == call.version.type_id).with_for_update()
    ).one()  # two who begin at the same moment publish one version
    sha = body_sha(body)
    same = select(DeclarationTypeVersion).where(
        DeclarationTypeVersion.type_id == declaration_type.id, DeclarationTypeVersion.sha == sha
    )
    version = db.session.scalars(same).first()
    call.version = version or _publish(declaration_type, _newest(declaration_type), body, sha, at)
    db.session.flush()


def require_lists_usable(code_list: CodeList) -> None:
    """Refuse lists that a type in use could not be read with, e.g. without any choice; raises Invalid."""
    query = select(DeclarationTypeVersion).where(
        DeclarationTypeVersion.id.in_(select(Call.version_id).where(Call.site_id == code_list.site_id))
    )
    for version in db.session.scalars(query):
        if code_list.key not in (version.body.get("code_lists") or {}):
            continue
        try:
            parse_type(code_lists.laid_over(version.body, code_list.site_id))
        except DefinitionError:
            raise Invalid(
                _(
                    "申报类型“%(title)s”的表格需要该选项，或至少需要一个可选项，不能停用。",
                    title=version.body.get("title", ""),
                )
            ) from None


def _type_for(definition: TypeDefinition, site: Site) -> DeclarationType:
    found = db.session.scalars(
        select(DeclarationType).where(DeclarationType.site_id == site.id, DeclarationType.key == definition.key)
    ).first()
    if found is None:
        found = DeclarationType(site_id=site.id, key=definition.key, title=definition.title)
        db.session.add(found)
        db.session.flush()
    return found


def export_newest(key: str) -> dict[str, str]:
    """Return the files {name: text} of the newest version of a type; raises NotFound."""
    return export_package(_newest_body(key))


def newest_definition(key: str) -> TypeDefinition:
    """Return the definition of the newest version of a type; raises NotFound."""
    body = _newest_body(key)
    return definition_for(body_sha(body), body)


def _newest_body(key: str) -> Mapping[str, Any]:
    body = db.session.scalars(
        select(DeclarationTypeVersion.body)
        .join(DeclarationTypeVersion.type)
        .where(DeclarationType.key == key)
        .order_by(DeclarationTypeVersion.id.desc())
        .limit(1)
    ).first()
    if body is None:
        raise NotFound(f"没有申报类型 {key}")
    return body


def definition_of(version: DeclarationTypeVersion) -> TypeDefinition:
    """Return the parsed definition of a version."""
    return _parsed(version.id, version.sha)[0]


def workflow_of(version: DeclarationTypeVersion) -> Workflow:
    """Return the parsed workflow of a version."""
    return _parsed(version.id, version.sha)[1]


@lru_cache(maxsize=256)
def _parsed(version_id: int, sha: str) -> tuple[TypeDefinition, Workflow]:
    """Read the body only when this process has not seen the version; a version never changes, so neither does this."""
    body = db.session.scalars(select(DeclarationTypeVersion.body).where(DeclarationTypeVersion.id == version_id)).one()
    definition = definition_for(sha, body)
    return definition, parse_workflow(definition.workflow, roles=roles.ALL_ROLES)


def published_versions(site_id: int, *, limit: int = 200) -> list[DeclarationTypeVersion]:
    """Return the site's published versions, newest first, without their bodies."""
    query = (
        select(DeclarationTypeVersion)
        .join(DeclarationTypeVersion.type)
        .where(DeclarationType.site_id == site_id, DeclarationTypeVersion.status == VersionStatus.PUBLISHED)
        .options(contains_eager(DeclarationTypeVersion.type), defer(DeclarationTypeVersion.body))
        .order_by(DeclarationTypeVersion.published_at.desc(), DeclarationTypeVersion.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query))
