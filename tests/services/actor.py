"""A second process for races: waits for a common moment, does one thing per declaration, prints what came of it."""

import json
import sys
import time

from app import create_app
from app.clock import now
from app.errors import DomainError
from app.extensions import db
from app.models import Account, Declaration
from app.services import declarations, reviews


def main() -> None:
    """Read the orders (JSON) from standard input, say `ready`, and start at the moment that is read next."""
    application = create_app()
    orders = json.loads(sys.stdin.readline())
    with application.app_context():
        db.session.get(Account, 1)
        db.session.rollback()
        print("ready", flush=True)
        start = float(sys.stdin.readline())
        results = [_act(order, start + order["after"]) for order in orders]
    print(json.dumps(results), flush=True)


def _act(order: dict, moment: float) -> str:
    time.sleep(max(0.0, moment - time.time()))
    try:
        person = db.session.query(Account).filter_by(username=order["person"]).one()
        _do(order, person)
        db.session.commit()
    except DomainError as refusal:
        db.session.rollback()
        return type(refusal).__name__
    finally:
        db.session.remove()
    return "done"


def _do(order: dict, person: Account) -> None:
    if order["do"] == "submit":
        declaration = declarations.read_own(order["declaration"], person)
        declarations.submit_declaration(declaration, order["seq"], by=person, at=now())
        return
    if order["do"] == "save":
        declaration = declarations.read_own(order["declaration"], person)
        declarations.save_section(declaration, order["section"], order["form"], order["seq"], by=person, at=now())
        return
    row_id = db.session.query(Declaration.id).filter_by(public_id=order["declaration"]).scalar()
    declaration = reviews.read_declaration(row_id, person)
    reviews.act(declaration, order["do"], by=person, at=now(), seq=order["seq"], opinion="竞态测试")


if __name__ == "__main__":
    main()
