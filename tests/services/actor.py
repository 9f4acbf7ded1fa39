"""A second process for races: waits for a common moment, does one thing per declaration, prints what came of it."""

import json
import sys
import time

from flask import Flask

from app import create_app
from app.clock import now
from app.demo.world import PASSWORD
from app.errors import AlreadyActed, DomainError
from app.extensions import db
from app.models import Account, Certification, Declaration, Membership
from app.permissions import get_visible
from app.services import (
    batches,
    certification_reviews,
    certifications,
    declarations,
    joining,
    presences,
    ranking,
    review_lists,
    reviews,
    staff,
)


def main() -> None:
    """Go through one race after another until standard input ends."""
    application = create_app()
    for line in iter(sys.stdin.readline, ""):
        print(json.dumps(_race(application, json.loads(line))), flush=True)


def _race(application: Flask, orders: list[dict]) -> list[str]:
    """Open the database, say `ready`, start at the moment that is read next; leave no connection behind."""
    with application.app_context():
        db.session.get(Account, 1)
        db.session.rollback()
        print("ready", flush=True)
        start = float(sys.stdin.readline())
        results = [_act(order, start + order["after"]) for order in orders]
        db.engine.dispose()
        return results


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


def _recommend_many(order: dict, person: Account) -> None:
    outcomes = batches.recommend_many({int(key): seq for key, seq in order["chosen"]}, by=person, at=now())
    if not any(outcome.done for outcome in outcomes):
        raise AlreadyActed("nothing was left")


def _rank(order: dict, person: Account) -> None:
    call, workflows = review_lists.read_call(order["call"], person)
    ranking.save_ranking(call, order["order"], order["mark"], workflows, by=person, at=now())


def _present(order: dict, person: Account) -> None:
    declaration = reviews.read_declaration(order["declaration"], person)
    presences.note_presence(declaration, by=person, at=now())


def _hand_in_certification(order: dict, person: Account) -> None:
    found = certifications.own_certification(person)
    certifications.submit(found, found.revision, agreed=True, by=person, at=now())


def _approve_certification(order: dict, person: Account) -> None:
    found = get_visible(Certification, order["certification"], person)
    certification_reviews.approve(found, order["revision"], by=person, at=now())


def _let_in(order: dict, person: Account) -> None:
    joining.grant(order["request"], by=person, at=now())


def _stop_asking(order: dict, person: Account) -> None:
    joining.withdraw_request(order["request"], by=person, at=now())


def _hand_over(order: dict, person: Account) -> None:
    staff.hand_over(_member(order, person), PASSWORD, by=person, at=now())


def _remove_member(order: dict, person: Account) -> None:
    staff.remove_member(_member(order, person), by=person, at=now())


def _member(order: dict, person: Account) -> Membership:
    return staff.find_member(person.memberships[0].enterprise, order["member"], person)


BATCHES = {
    "hand_in_certification": _hand_in_certification,
    "approve_certification": _approve_certification,
    "recommend_many": _recommend_many,
    "rank": _rank,
    "present": _present,
    "let_in": _let_in,
    "stop_asking": _stop_asking,
    "hand_over": _hand_over,
    "remove_member": _remove_member,
}


def _do(order: dict, person: Account) -> None:
    if order["do"] == "submit":
        declaration = declarations.read_own(order["declaration"], person)
        declarations.submit_declaration(declaration, order["seq"], by=person, at=now())
        return
    if order["do"] == "save":
        declaration = declarations.read_own(order["declaration"], person)
        declarations.save_section(declaration, order["section"], order["form"], order["seq"], by=person, at=now())
        return
    if order["do"] in BATCHES:
        BATCHES[order["do"]](order, person)
        return
    row_id = db.session.query(Declaration.id).filter_by(public_id=order["declaration"]).scalar()
    declaration = reviews.read_declaration(row_id, person)
    reviews.act(declaration, order["do"], by=person, at=now(), seq=order["seq"], opinion="竞态测试")


if __name__ == "__main__":
    main()
