"""Ask a partner to search for a person too, and confirm such a search: never what it found.

Implements docs/protocol/rights.md §3; rule L11, scenario S12. Source: LED Art. 14-17, 37(1)(a), recital 71. Rules:
    - only for a person who has asked for it in writing, as the person described itself, under an agreement that both have
      signed, whatever has become of it since: what was received under it is still held;
    - never when the law protects the person from being told of there (`law.protected`); the letter to the person is the same;
    - the partner keeps a request of its own, with its own month, and answers to its own authority;
    - that a full search was made is confirmed at a time that follows from the receipt alone, with the commitment to its
      record, so that the authority of each side can verify it; what was found is in no message.
Attacks they stop: learning from the answer of a partner, its size or its time, whether somebody is known to it.
"""

from __future__ import annotations

from comity.core.cases.messages import open_body
from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Taint
from comity.core.evidence.event import Bilateral, Event, read_leaf
from comity.core.instant import Instant
from comity.core.probe.query import Query
from comity.core.rights.clock import RELEASE_AFTER
from comity.core.rights.codes import Origin, RightsKind, SearchPlace
from comity.core.rights.messages import (
    RIGHTS_SEARCH,
    RIGHTS_SEARCHED,
    RightsSearchBody,
    RightsSearchedBody,
)
from comity.errors import ComityError, InputError, PeerError, Refused
from comity.services.agreements.standing import standing
from comity.services.context import SYSTEM, Actor, Node
from comity.services.evidence.record import record
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.receipts import on_receipt
from comity.services.exchange.submit import Outgoing, submit
from comity.services.rights.access import known_request
from comity.services.rights.requests import keep_request
from comity.services.rights.search import person_of, search_entry
from comity.storage.models.rights import RightsAsked, RightsRequest
from comity.storage.rights import requests as rows

BATCH = 50


def ask_partner(node: Node, actor: Actor, number: str, partner: ServiceId, agreement: str) -> str:
    """Ask a partner to search for the person of a request and return the message.

    Args:
        agreement: hash, between the two.

    Raises:
        InputError: ``rights.unknown``, ``rights.agreement``.
        Refused: ``actor.person``, ``actor.role``, ``rights.no-wish``, ``rights.unsearched`` (what is held here decides
            whether the law lets it be asked), ``rights.asked``, ``rights.closed``, ``law.protected``, ``partner.*``.
    """
    row = known_request(node, actor, number)
    person = person_of(row)
    if not row.content or not row.content.get("wish") or row.origin == Origin.PARTNER:
        raise Refused("rights.no-wish")
    if row.search is None:
        raise Refused("rights.unsearched")
    if any(each.partner == partner for each in rows.asked(node.alias, row.number)):
        raise Refused("rights.asked")
    regime = Regime(row.regime)
    if not _under(node, agreement, partner, regime, node.clock()):
        raise InputError("rights.agreement")
    body = RightsSearchBody(person=person, kind=RightsKind(row.kind), asked_at=row.received_at, wished=True)
    outgoing = Outgoing(
        partner=partner,
        regime=regime,
        kind=RIGHTS_SEARCH,
        act=Act.RIGHTS,
        body=body.json_body(),
        agreement=agreement,
        data=_categories(person),
        taints=_taints(row),
    )

    def within(message: str) -> None:
        now = node.clock()
        asked = RightsAsked(
            number=row.number, partner=partner, agreement=agreement, message=message, asked_at=now
        )
        rows.add_asked(node.alias, asked)
        facts: dict[str, str | int] = {"message": message, "kind": row.kind}
        record(node, Bilateral(partner, regime), Event("rights.asked", now, facts))

    return submit(node, outgoing, actor, within=within)


@handler(RIGHTS_SEARCH, {Act.RIGHTS})
def receive_search(node: Node, message: Message) -> None:
    """Keep a request of a person that reached a partner: this node has its own month for it.

    Raises:
        PeerError: ``case.message-malformed``, ``rights.header``.
    """
    body = open_body(RightsSearchBody, message.body)
    under = message.agreement is not None and _under(
        node, message.agreement, message.partner, message.regime, message.sent_at
    )
    if not under or message.data != _categories(body.person) or message.subjects or not message.data:
        raise PeerError("rights.header")
    content = {
        "person": body.person.model_dump(mode="json"),
        "contact": str(message.partner),
        "words": "",
        "wish": False,
    }
    row = keep_request(
        node,
        message.regime,
        body.kind,
        Origin.PARTNER,
        message.received_at,
        content,
        partner=message.partner,
        message=message.id,
    )
    rows.change_request(node.alias, row, confirm_at=message.received_at + RELEASE_AFTER)
    facts: dict[str, str | int] = {"message": message.id, "kind": row.kind}
    scope = Bilateral(message.partner, message.regime)
    record(node, scope, Event("rights.asked", message.received_at, facts))


def confirm_due(node: Node) -> int:
    """Confirm the full searches whose time has come and return how many; for the worker."""
    done = 0
    for row in rows.to_confirm(node.alias, node.clock(), BATCH):
        try:
            _confirm(node, row)
        except ComityError:
            continue
        done += 1
    return done


@handler(RIGHTS_SEARCHED, {Act.RIGHTS})
def receive_searched(node: Node, message: Message) -> None:
    """Note that a partner has made the full search that it was asked for.

    Raises:
        PeerError: ``case.message-malformed``, ``rights.header``.
    """
    body = open_body(RightsSearchedBody, message.body)
    asked = rows.asked_with(node.alias, message.partner, body.asked)
    if asked is None or asked.searched_at is not None or body.places != tuple(sorted(SearchPlace)):
        raise PeerError("rights.header")
    rows.change_asked(
        node.alias, asked, searched_at=message.received_at, answer=message.id, record=body.record
    )
    _recorded(node, message.partner, message.regime, body, message.received_at)


@on_receipt(RIGHTS_SEARCH)
def search_receipted(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Forget that a partner was asked whose node never took it: it can be asked again."""
    if received_at is None or code is not None:
        rows.drop_asked(node.alias, message)


@on_receipt(RIGHTS_SEARCHED)
def searched_receipted(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Confirm anew what never arrived."""
    row = rows.confirmed_with(node.alias, message)
    if row is not None and received_at is None:
        rows.change_request(node.alias, row, confirm_at=node.clock(), confirmation="")


def _confirm(node: Node, row: RightsRequest) -> None:
    leaf, _ = search_entry(node, row)
    partner, regime = ServiceId(row.partner), Regime(row.regime)
    commitment = read_leaf(leaf).commitment or ""
    body = RightsSearchedBody(asked=row.message, places=tuple(sorted(SearchPlace)), record=commitment)
    outgoing = Outgoing(
        partner=partner, regime=regime, kind=RIGHTS_SEARCHED, act=Act.RIGHTS, body=body.json_body()
    )

    def within(message: str) -> None:
        rows.change_request(node.alias, row, confirm_at=None, confirmation=message)
        _recorded(node, partner, regime, body, node.clock())

    submit(node, outgoing, SYSTEM, within=within)


def _recorded(node: Node, partner: ServiceId, regime: Regime, body: RightsSearchedBody, at: Instant) -> None:
    facts: dict[str, str | int] = {"message": body.asked, "record": body.record}
    record(node, Bilateral(partner, regime), Event("rights.confirmed", at, facts))


def _under(node: Node, agreement: str, partner: ServiceId, regime: Regime, at: Instant) -> bool:
    """Whether an agreement of this regime between exactly these two has ever been in force."""
    found = standing(node, agreement)
    if found is None or found.agreement.regime != regime:
        return False
    since = found.in_force_from()
    return {node.service, partner} == set(found.agreement.parties) and since is not None and since <= at


def _categories(person: Query) -> frozenset[DataCategory]:
    told = {
        DataCategory.NAMES: person.names,
        DataCategory.BIRTH: person.births or person.places,
        DataCategory.PARENTS: person.parents,
        DataCategory.DOCUMENTS: person.documents,
        DataCategory.SEX: person.sex,
        DataCategory.NATIONALITIES: person.nationalities,
    }
    return frozenset(category for category, values in told.items() if values)


def _taints(row: RightsRequest) -> frozenset[Taint]:
    """Return the marks of whoever was found here and may be the person."""
    marks = {mark for each in (row.search or {}).get("found", ()) for mark in each["marks"]}
    return frozenset(taint for taint in Taint if taint.value in marks)
