"""Draft, propose, sign and stop between two nodes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from tests.federation.world import BE, MA, START, World, make_world, set_state

from comity.core.agreement.standing import State
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import DataCategory, Role, SubjectCategory
from comity.errors import InputError, Refused
from comity.services import wiring
from comity.services.agreements.draft import draft
from comity.services.agreements.propose import propose, sign
from comity.services.agreements.standing import all_standings, find_agreement, in_force, standing
from comity.services.agreements.stop import resume, suspend, terminate
from comity.services.agreements.views import compare, list_agreements, show_agreement, stop_reason
from comity.services.context import SYSTEM, Actor, ActorKind, Node
from comity.services.exchange.deliver import deliver_due
from comity.services.exchange.status import Standing, status
from comity.services.exchange.submit import Outgoing, submit
from comity.storage.models.agreements import StoredAgreement, StoredSignature
from comity.storage.models.evidence import EvidenceEntry

pytestmark = pytest.mark.django_db(databases=["be", "ma"])

HEAD = Actor("nadia", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.HEAD_OF_DESK)}))
OPERATOR = Actor("os:root", ActorKind.OPERATOR)
CLERK = Actor("clerk", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.OFFICER)}))


@pytest.fixture
def world() -> World:
    wiring.connect()
    return make_world()


def deliver(world: World) -> None:
    """Let everything that waits arrive, on both sides."""
    for _ in range(2):
        world.clock.forward(seconds=1)
        for node in (world.be, world.ma):
            deliver_due(node, world.network.channels)


def co_sign(world: World, pack: str = "be-ma-2025", **days: Any) -> str:
    """Draft on the Belgian side, propose, sign on both."""
    name = draft(world.be, HEAD, MA, pack=pack, **days)
    propose(world.be, HEAD, name)
    deliver(world)
    sign(world.ma, HEAD, name)
    sign(world.be, HEAD, name)
    deliver(world)
    return name


def state(node: Node, name: str) -> State:
    found = standing(node, name)
    assert found is not None
    return found.state(node.clock())


def request(node: Node, partner: Any, agreement: str, **changes: Any) -> str:
    usual: dict[str, Any] = {
        "partner": partner,
        "regime": Regime.POLICE,
        "kind": "request",
        "act": Act.REQUEST,
        "body": {},
        "agreement": agreement,
        "purpose": Purpose.TERRORISM,
        "data": frozenset({DataCategory.NAMES}),
        "subjects": frozenset({SubjectCategory.SUSPECT}),
    }
    return submit(node, Outgoing(**{**usual, **changes}), HEAD)


def test_co_signed_on_both_nodes_from_the_same_bytes(world: World) -> None:
    name = co_sign(world)
    assert state(world.be, name) is state(world.ma, name) is State.IN_FORCE
    for node in (world.be, world.ma):
        assert name in [each.hash for each in in_force(node, MA if node is world.be else BE, Regime.POLICE)]
    rows = [StoredAgreement.objects.using(alias).get(hash=name) for alias in ("be", "ma")]
    assert bytes(rows[0].document) == bytes(rows[1].document)
    assert rows[1].proposed_by == BE


def test_either_order_of_signing_and_no_proposal_needed(world: World) -> None:
    name = draft(world.be, HEAD, MA, pack="be-ma-2025")
    sign(world.be, HEAD, name)
    assert state(world.be, name) is State.HALF_SIGNED
    deliver(world)
    assert state(world.ma, name) is State.HALF_SIGNED
    with pytest.raises(Refused, match=r"agreement\.half-signed"):
        request(world.be, MA, name)
    sign(world.ma, HEAD, name)
    deliver(world)
    assert state(world.be, name) is state(world.ma, name) is State.IN_FORCE


def test_evidence_of_both_names_no_person(world: World) -> None:
    name = co_sign(world)
    for alias in ("be", "ma"):
        leaves = [bytes(row.leaf).decode() for row in EvidenceEntry.objects.using(alias)]
        kinds = [
            kind for kind in ("agreement.proposed", "agreement.signed") for leaf in leaves if kind in leaf
        ]
        assert kinds.count("agreement.signed") == 2
        assert any("agreement.proposed" in leaf and name in leaf for leaf in leaves)
        assert not any("nadia" in leaf for leaf in leaves)


@pytest.mark.parametrize("act", [propose, sign])
def test_only_a_person_with_the_role(world: World, act: Any) -> None:
    name = draft(world.be, OPERATOR, MA, pack="be-ma-2025")
    with pytest.raises(Refused, match=r"actor\.role"):
        act(world.be, CLERK, name)
    with pytest.raises(Refused, match=r"actor\.person"):
        act(world.be, SYSTEM, name)


def test_signing_twice_is_refused(world: World) -> None:
    name = draft(world.be, HEAD, MA, pack="be-ma-2025")
    sign(world.be, HEAD, name)
    with pytest.raises(Refused, match=r"agreement\.signed"):
        sign(world.be, HEAD, name)


def test_a_draft_again_is_the_same_and_both_sides_draft_the_same(world: World) -> None:
    name = draft(world.be, HEAD, MA, pack="be-ma-2022")
    assert draft(world.be, HEAD, MA, pack="be-ma-2022") == name
    assert draft(world.ma, HEAD, BE, pack="be-ma-2022") == name


def test_drafting_with_own_days(world: World) -> None:
    days = {"valid_from": date(2026, 11, 1), "valid_until": date(2030, 6, 30)}
    found = standing(world.be, draft(world.be, HEAD, MA, pack="be-ma-2025", **days))
    assert found is not None
    assert found.agreement.valid_before is not None
    assert found.agreement.valid_before.date() == date(2030, 7, 1)


@pytest.mark.parametrize(("stopper", "code"), [(suspend, "suspended"), (terminate, "terminated")])
def test_a_stop_is_unilateral_and_immediate(world: World, stopper: Any, code: str) -> None:
    name = co_sign(world)
    world.network.cut_off.add(MA)
    stopper(world.be, HEAD, name, "leak in the press")
    with pytest.raises(Refused, match=rf"agreement\.{code}"):
        request(world.be, MA, name)
    # The partner has not heard yet; what it sends is refused here all the same.
    message = request(world.ma, BE, name)
    deliver_due(world.ma, world.network.channels)
    found = status(world.ma, message)
    assert found is not None
    assert (found.standing, found.code) == (Standing.REFUSED, f"agreement.{code}")
    # Then it hears, and stops by itself.
    world.network.cut_off.clear()
    world.clock.forward(hours=2)
    deliver(world)
    assert state(world.ma, name).value == code
    with pytest.raises(Refused, match=rf"agreement\.{code}"):
        request(world.ma, BE, name)
    shown = show_agreement(world.ma, name)
    assert shown["stops"][0]["by"] == BE
    assert "leak" not in str(shown)
    assert (
        stop_reason(world.be, HEAD, name, "suspend" if code == "suspended" else "terminate")
        == "leak in the press"
    )


def test_a_revoked_partner_does_not_keep_us_from_stopping(world: World) -> None:
    name = co_sign(world)
    set_state(world.be, MA, "revoked")
    terminate(world.be, HEAD, name, "over")
    assert state(world.be, name) is State.TERMINATED


def test_one_standing_is_read_as_all_of_them_are(world: World) -> None:
    long = {"valid_until": date(2030, 12, 31)}
    first = co_sign(world, "be-ma-2022", **long)
    suspend(world.be, HEAD, first, "one reason")
    deliver(world)
    world.clock.forward(seconds=1)
    resume(world.be, HEAD, first)
    deliver(world)
    world.clock.forward(seconds=1)
    suspend(world.ma, HEAD, first, "another reason")
    deliver(world)
    co_sign(world, predecessor=first)
    for node in (world.be, world.ma):
        every = {each.hash: each for each in all_standings(node)}
        assert {name: standing(node, name) for name in every} == every
        assert (len(every[first].stops), len(every[first].successors)) == (2, 1)
        assert standing(node, "0" * 64) is None


def test_a_successor_in_force_supersedes(world: World) -> None:
    long = {"valid_until": date(2030, 12, 31)}
    older = co_sign(world, "be-ma-2022", **long)
    newer = draft(world.be, HEAD, MA, pack="be-ma-2025", predecessor=older)
    assert state(world.be, older) is State.IN_FORCE
    sign(world.be, HEAD, newer)
    deliver(world)
    assert state(world.ma, older) is State.IN_FORCE
    sign(world.ma, HEAD, newer)
    deliver(world)
    for node in (world.be, world.ma):
        assert state(node, older) is State.SUPERSEDED
        assert state(node, newer) is State.IN_FORCE
    assert any(change.part == "clauses.sporting-events.search" for change in compare(world.be, older, newer))


def test_altered_bytes_or_signature_permit_nothing(world: World) -> None:
    name = co_sign(world)
    row = StoredAgreement.objects.using("be").get(hash=name)
    kept = bytes(row.document)
    row.document = kept.replace(b'"probes_per_day":1000', b'"probes_per_day":9000')
    row.save(using="be")
    assert state(world.be, name) is State.ALTERED
    with pytest.raises(Refused, match=r"agreement\.altered"):
        request(world.be, MA, name)
    row.document = kept
    row.save(using="be")
    assert state(world.be, name) is State.IN_FORCE
    signature = StoredSignature.objects.using("be").get(agreement=name, party=MA)
    signature.token = StoredSignature.objects.using("be").get(agreement=name, party=BE).token
    signature.save(using="be")
    assert state(world.be, name) is State.ALTERED


def test_find_by_code_or_hash(world: World) -> None:
    name = co_sign(world)
    assert find_agreement(world.be, "BE-MA-2025") == name
    assert find_agreement(world.be, "be-ma-2025") == name
    assert find_agreement(world.be, name[:10]) == name
    with pytest.raises(InputError, match=r"agreement\.not-found"):
        find_agreement(world.be, "BE-MA-1999")
    other = draft(world.be, HEAD, MA, pack="be-ma-2025", valid_until=date(2028, 1, 1))
    assert find_agreement(world.be, "BE-MA-2025") == name != other


def test_the_list_says_how_each_stands(world: World) -> None:
    name = co_sign(world)
    found = {each.hash: each for each in list_agreements(world.be)}
    assert found[name].state is State.IN_FORCE
    assert found[name].signed_by == (BE, MA)
    assert found[name].document()["not_signed_by"] == []


class TestHostile:
    """A partner that sends what it should not."""

    def send(self, world: World, kind: str, act: Act, body: dict[str, Any]) -> str | None:
        """Send from the Moroccan node and return the code of the refusal."""
        outgoing = Outgoing(partner=BE, regime=Regime.POLICE, kind=kind, act=act, body=body)
        message = submit(world.ma, outgoing, HEAD)
        deliver(world)
        found = status(world.ma, message)
        assert found is not None
        return found.code

    def signature(self, world: World, name: str, **changes: Any) -> dict[str, Any]:
        from comity.core.agreement.model import write_agreement
        from comity.core.crypto.agent import TokenType
        from comity.core.crypto.encoding import to_text
        from comity.core.instant import write_instant

        found = standing(world.ma, name)
        assert found is not None
        octets = write_agreement(found.agreement)
        token = world.keys(MA).sign(Regime.POLICE, TokenType.AGREEMENT, [changes.pop("over", octets)])[0]
        body = {
            "document": to_text(octets),
            "signature": token,
            "signed_at": write_instant(world.clock()),
        }
        return {**body, **changes}

    def test_signature_over_other_bytes(self, world: World) -> None:
        name = draft(world.ma, HEAD, BE, pack="be-ma-2025")
        body = self.signature(world, name, over=b"something else")
        assert self.send(world, "agreement-signature", Act.SIGN, body) == "agreement.signature-other"
        assert standing(world.be, name) is None

    def test_signature_by_another_key(self, world: World) -> None:
        from comity.core.agreement.model import write_agreement
        from comity.core.crypto.agent import TokenType

        name = draft(world.ma, HEAD, BE, pack="be-ma-2025")
        found = standing(world.ma, name)
        assert found is not None
        octets = write_agreement(found.agreement)
        foreign = world.keys(BE).sign(Regime.POLICE, TokenType.AGREEMENT, [octets])[0]
        body = self.signature(world, name, signature=foreign)
        assert self.send(world, "agreement-signature", Act.SIGN, body) == "signature.unknown-key"

    def test_backdated_signature(self, world: World) -> None:
        from comity.core.instant import write_instant

        name = draft(world.ma, HEAD, BE, pack="be-ma-2025")
        body = self.signature(world, name, signed_at=write_instant(START - timedelta(days=300)))
        assert self.send(world, "agreement-signature", Act.SIGN, body) == "agreement.time"

    def test_an_agreement_between_others(self, world: World) -> None:
        from tests.agreement.samples import source

        from comity.core.agreement.model import write_agreement
        from comity.core.agreement.source import compile_source
        from comity.core.codes.exchange import ServiceId
        from comity.core.crypto.encoding import to_text

        other = compile_source(source("plan_2018"), parties=(MA, ServiceId("FR.dcpj")), predecessor=None)
        body = {"document": to_text(write_agreement(other))}
        assert self.send(world, "agreement-proposal", Act.PROPOSE, body) == "agreement.parties"

    def test_bytes_that_are_not_canonical(self, world: World) -> None:
        from comity.core.crypto.encoding import to_text

        body = {"document": to_text(b'{"b": 1, "a": 2}')}
        assert self.send(world, "agreement-proposal", Act.PROPOSE, body) == "json.not-canonical"

    def test_a_stop_of_an_agreement_with_somebody_else_or_unknown(self, world: World) -> None:
        from comity.core.instant import write_instant

        body = {"agreement": "0" * 64, "kind": "suspend", "at": write_instant(world.clock())}
        assert self.send(world, "agreement-stop", Act.SUSPEND, body) == "agreement.unknown"
        assert self.send(world, "agreement-stop", Act.TERMINATE, body) == "agreement.message-malformed"

    def test_a_resumption_of_nothing_backdated_or_malformed(self, world: World) -> None:
        from comity.core.instant import write_instant

        now = write_instant(world.clock())
        body: dict[str, Any] = {"agreement": "0" * 64, "at": now}
        assert self.send(world, "agreement-resumption", Act.RESUME, body) == "agreement.unknown"
        name = co_sign(world)
        body = {"agreement": name, "at": write_instant(world.clock())}
        assert self.send(world, "agreement-resumption", Act.RESUME, body) == "agreement.not-suspended"
        suspend(world.ma, HEAD, name, "why")
        deliver(world)
        late = {**body, "at": write_instant(world.clock() - timedelta(days=1))}
        assert self.send(world, "agreement-resumption", Act.RESUME, late) == "agreement.time"
        before = {**body, "at": write_instant(world.clock() - timedelta(minutes=2))}
        assert self.send(world, "agreement-resumption", Act.RESUME, before) == "agreement.time"
        more = {**body, "kind": "suspend"}
        assert self.send(world, "agreement-resumption", Act.RESUME, more) == "agreement.message-malformed"
        assert state(world.be, name) is State.SUSPENDED


class TestResumption:
    """Who suspended resumes, alone, with evidence on both sides."""

    def test_what_was_suspended_works_again_on_both_nodes(self, world: World) -> None:
        name = co_sign(world)
        suspend(world.be, HEAD, name, "a key was lost")
        deliver(world)
        assert (state(world.be, name), state(world.ma, name)) == (State.SUSPENDED, State.SUSPENDED)
        world.clock.forward(hours=1)
        resume(world.be, HEAD, name)
        assert state(world.be, name) is State.IN_FORCE
        # A request right behind it, in the same batch, passes the agreement and is judged by its handler.
        message = request(world.be, MA, name)
        deliver(world)
        found = status(world.be, message)
        assert found is not None
        assert found.code == "case.message-malformed"
        assert state(world.ma, name) is State.IN_FORCE
        assert request(world.ma, BE, name)
        for alias in ("be", "ma"):
            leaves = EvidenceEntry.objects.using(alias).values_list("leaf", flat=True)
            assert sum(b'"agreement.resumed"' in bytes(leaf) for leaf in leaves) == 1
        assert show_agreement(world.ma, name)["stops"][0]["until"] is not None
        # And it may be suspended once more.
        suspend(world.be, HEAD, name, "again")
        deliver(world)
        assert state(world.ma, name) is State.SUSPENDED
        assert stop_reason(world.be, HEAD, name, "suspend") == "again"

    def test_what_was_signed_while_suspended_stays_refused(self, world: World) -> None:
        name = co_sign(world)
        message = request(world.ma, BE, name)
        world.clock.forward(hours=-1)
        suspend(world.be, HEAD, name, "why")
        world.clock.forward(hours=2)
        resume(world.be, HEAD, name)
        deliver_due(world.ma, world.network.channels)
        found = status(world.ma, message)
        assert found is not None
        assert (found.standing, found.code) == (Standing.REFUSED, "agreement.suspended")

    def test_nobody_ends_the_suspension_of_the_other(self, world: World) -> None:
        name = co_sign(world)
        suspend(world.be, HEAD, name, "why")
        deliver(world)
        with pytest.raises(Refused, match=r"agreement\.not-suspended"):
            resume(world.ma, HEAD, name)
        suspend(world.ma, HEAD, name, "we too")
        deliver(world)
        resume(world.be, HEAD, name)
        deliver(world)
        assert (state(world.be, name), state(world.ma, name)) == (State.SUSPENDED, State.SUSPENDED)
        resume(world.ma, HEAD, name)
        deliver(world)
        assert (state(world.be, name), state(world.ma, name)) == (State.IN_FORCE, State.IN_FORCE)

    def test_neither_a_clerk_nor_a_program_nor_after_termination(self, world: World) -> None:
        name = co_sign(world)
        with pytest.raises(Refused, match=r"agreement\.not-suspended"):
            resume(world.be, HEAD, name)
        suspend(world.be, HEAD, name, "why")
        with pytest.raises(Refused, match=r"actor\.role"):
            resume(world.be, CLERK, name)
        with pytest.raises(Refused, match=r"actor\.person"):
            resume(world.be, SYSTEM, name)
        terminate(world.be, HEAD, name, "for good")
        with pytest.raises(Refused, match=r"agreement\.terminated"):
            resume(world.be, HEAD, name)

    def test_a_partner_that_may_not_be_written_to_is_not_resumed_with(self, world: World) -> None:
        name = co_sign(world)
        suspend(world.be, HEAD, name, "why")
        set_state(world.be, MA, "suspended")
        with pytest.raises(Refused, match=r"partner\.suspended"):
            resume(world.be, HEAD, name)
        assert state(world.be, name) is State.SUSPENDED
