"""What was withdrawn after a backup is withdrawn again by a restore, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.federation.world import BE, MA, World, make_card, make_world, node_keys, set_state

from comity.core.agreement.standing import State
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.demo.scenario.world import endpoint
from comity.errors import NodeError
from comity.services import erasures, wiring
from comity.services.agreements import stop
from comity.services.agreements.standing import standing
from comity.services.context import Actor, ActorKind, Node
from comity.services.custody import withdrawn
from comity.services.custody.restored import TakenBack, take_back
from comity.services.exchange.deliver import deliver_due
from comity.services.partners.add import confirm_partner, offer_card
from comity.services.partners.directory import PartnerState, partner
from comity.services.partners.stop import resume_partner, revoke_partner, suspend_partner
from comity.services.people import accounts, security_keys, service_accounts
from comity.storage import people
from comity.storage.models.agreements import StoredStop
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.recovery import journal as file
from comity.storage.transaction import atomic

pytestmark = pytest.mark.django_db(transaction=True, databases=["be", "ma", "third"])

OPERATOR = Actor("os:restorer", ActorKind.OPERATOR)
ROLES = frozenset({(Regime.POLICE, Role.OFFICER)})


@pytest.fixture
def world(transactional_db: None, tmp_path: Path) -> World:
    """Two nodes; the Moroccan one, which is lost and restored, has a journal of its own."""
    wiring.connect()
    world = make_world()
    world.nodes[MA] = replace(world.ma, config=world.ma.config.model_copy(update={"home": tmp_path}))
    world.network.endpoints[MA] = endpoint(world.ma)
    erasures.begin(world.ma)
    return world


def backed_up(node: Node) -> int:
    return erasures.settled_position(node)[0]


def restored(node: Node, after: int) -> TakenBack:
    """Take back what the journal tells; the test has put the rows back to what the backup held."""
    told = withdrawn.read(node, after)
    with atomic(node.alias):
        return take_back(node, OPERATOR, told)


def failing(act: Callable[[], object]) -> None:
    """Do something in a transaction that fails afterwards."""

    def whole() -> None:
        with atomic("ma"):
            act()
            raise KeyError

    with pytest.raises(KeyError):
        whole()


def leaves(node: Node) -> bytes:
    return b"".join(
        bytes(leaf) for leaf in EvidenceEntry.objects.using(node.alias).values_list("leaf", flat=True)
    )


def test_nothing_withdrawn_leaves_everything_open(world: World) -> None:
    accounts.enrol(world.ma, OPERATOR, accounts.Enrolment("karim", "correct horse battery", ROLES))
    suspend_partner(world.ma, BE, OPERATOR)
    resume_partner(world.ma, BE, OPERATOR)
    after = backed_up(world.ma)
    assert restored(world.ma, after) == TakenBack((), (), ())
    assert partner(world.ma, BE).state is PartnerState.CONFIRMED


class TestPartners:
    def test_suspended_after_the_backup(self, world: World) -> None:
        after = backed_up(world.ma)
        suspend_partner(world.ma, BE, OPERATOR)
        set_state(world.ma, BE, "confirmed")
        assert restored(world.ma, after).partners == (BE,)
        assert partner(world.ma, BE).state is PartnerState.SUSPENDED
        assert b"partner.suspended" in leaves(world.ma)

    def test_suspended_and_resumed_after_the_backup(self, world: World) -> None:
        after = backed_up(world.ma)
        suspend_partner(world.ma, BE, OPERATOR)
        resume_partner(world.ma, BE, OPERATOR)
        assert restored(world.ma, after).partners == ()

    def test_resumed_and_suspended_again(self, world: World) -> None:
        after = backed_up(world.ma)
        for act in (suspend_partner, resume_partner, suspend_partner):
            act(world.ma, BE, OPERATOR)
        set_state(world.ma, BE, "confirmed")
        assert restored(world.ma, after).partners == (BE,)

    @pytest.mark.parametrize("state", ["confirmed", "suspended"])
    def test_revoked_after_the_backup(self, world: World, state: str) -> None:
        after = backed_up(world.ma)
        revoke_partner(world.ma, BE, OPERATOR)
        set_state(world.ma, BE, state)
        found = restored(world.ma, after)
        assert (found.partners, found.revoked) == ((), (BE,))
        assert partner(world.ma, BE).state is PartnerState.REVOKED

    def test_a_suspension_of_the_backup_is_not_lifted_by_the_journal(self, world: World) -> None:
        suspend_partner(world.ma, BE, OPERATOR)
        after = backed_up(world.ma)
        resume_partner(world.ma, BE, OPERATOR)
        set_state(world.ma, BE, "suspended")
        restored(world.ma, after)
        assert partner(world.ma, BE).state is PartnerState.SUSPENDED

    def test_a_card_put_in_force_after_the_backup(self, world: World) -> None:
        after = backed_up(world.ma)
        _, renewed = make_card(BE, node_keys(BE), sequence=2)
        _, first = make_card(BE, node_keys(BE), sequence=1)
        with atomic("ma"):
            offer_card(world.ma, BE, renewed, OPERATOR)
        assert restored(world.ma, after).partners == ()
        from comity.storage import partners

        row = partners.find("ma", BE)
        assert row is not None
        row.card, row.sequence = first, 1
        partners.save("ma", row, world.clock())
        assert restored(world.ma, after).partners == (BE,)


class TestOrder:
    """An opening is written after its commit: whatever stands between, what may be closed stays closed."""

    def test_an_opening_that_was_written_late(self, world: World) -> None:
        after = backed_up(world.ma)
        suspend_partner(world.ma, BE, OPERATOR)
        known = file.count(erasures.journal_file(world.ma.config.home))
        # The partner is resumed, but before its line comes it is suspended again, by another process.
        resume_partner(world.ma, BE, OPERATOR)
        suspend_partner(world.ma, BE, OPERATOR)
        path = erasures.journal_file(world.ma.config.home)
        rows = [line for line in file.lines(path) if line.kind != withdrawn.RESUMED]
        path.unlink()
        for row in rows:
            file.append(path, row.kind, row.ids, row.at)
        file.append(path, withdrawn.RESUMED, (BE, str(known)), world.clock())
        set_state(world.ma, BE, "confirmed")
        assert restored(world.ma, after).partners == (BE,)

    def test_an_opening_that_failed_is_not_written(self, world: World) -> None:
        after = backed_up(world.ma)
        suspend_partner(world.ma, BE, OPERATOR)
        failing(lambda: resume_partner(world.ma, BE, OPERATOR))
        set_state(world.ma, BE, "confirmed")
        assert restored(world.ma, after).partners == (BE,)

    def test_a_closing_that_failed_is_written(self, world: World) -> None:
        after = backed_up(world.ma)
        failing(lambda: suspend_partner(world.ma, BE, OPERATOR))
        assert partner(world.ma, BE).state is PartnerState.CONFIRMED
        assert restored(world.ma, after).partners == (BE,)


def _disable(node: Node) -> None:
    accounts.disable(node, OPERATOR, "karim")


def _roles(node: Node) -> None:
    accounts.give_roles(node, OPERATOR, "karim", frozenset())


def _password(node: Node) -> None:
    accounts.change_password(node, OPERATOR, "karim", "another horse battery")


def _factor(node: Node) -> None:
    accounts.reset_second_factor(node, OPERATOR, "karim")


def _own_factor(node: Node) -> None:
    account = people.officer_named(node.alias, "karim")
    assert account is not None
    accounts.second_factor_changed(node, OPERATOR, account, lambda: None)


def _added_key(node: Node) -> None:
    account = people.officer_named(node.alias, "karim")
    assert account is not None
    key = security_keys.NewKey("blue", {"id": "AAAA"}, 0)
    security_keys.add_key(node, OPERATOR, account, key, lambda: None)


def _removed_key(node: Node) -> None:
    account = people.officer_named(node.alias, "karim")
    assert account is not None
    people.add_security_key(node.alias, account, {"name": "sealed"}, node.clock())
    [key] = people.security_keys(node.alias, account)
    security_keys.remove_key(node, OPERATOR, account, key.pk)


class TestPeople:
    @pytest.fixture(autouse=True)
    def _enrolled(self, world: World) -> None:
        for name in ("amina", "karim"):
            accounts.enrol(world.ma, OPERATOR, accounts.Enrolment(name, "correct horse battery", ROLES))
            account = people.officer_named("ma", name)
            assert account is not None
            people.add_totp("ma", account, "sealed")

    @pytest.mark.parametrize(
        "change", [_disable, _roles, _password, _factor, _own_factor, _added_key, _removed_key]
    )
    def test_closed_or_changed_after_the_backup(self, world: World, change: Callable[[Node], None]) -> None:
        after = backed_up(world.ma)
        change(world.ma)
        account = people.officer_named("ma", "karim")
        assert account is not None
        account.is_active = True
        people.save_officer("ma", account)
        people.drop_second_factor("ma", account)
        people.add_totp("ma", account, "sealed")
        assert restored(world.ma, after).officers == ("karim",)
        views = {view.name: view for view in accounts.listed(world.ma)}
        assert (views["amina"].active, views["karim"].active) == (True, False)
        assert views["karim"].second_factor is (change is not _factor)

    def test_closed_and_opened_after_the_backup(self, world: World) -> None:
        after = backed_up(world.ma)
        accounts.disable(world.ma, OPERATOR, "karim")
        accounts.enable(world.ma, OPERATOR, "karim")
        assert restored(world.ma, after).officers == ()

    def test_opening_does_not_undo_a_change(self, world: World) -> None:
        after = backed_up(world.ma)
        for change in (_disable, _password):
            change(world.ma)
        accounts.enable(world.ma, OPERATOR, "karim")
        assert restored(world.ma, after).officers == ("karim",)

    def test_a_system_ended_after_the_backup(self, world: World) -> None:
        scopes = service_accounts.parse_scopes(["probe"])
        for name in ("registry", "archive"):
            service_accounts.create(world.ma, OPERATOR, name, Regime.POLICE, scopes, 30)
        after = backed_up(world.ma)
        service_accounts.revoke(world.ma, OPERATOR, "registry")
        row = people.account_named("ma", "registry")
        assert row is not None
        row.disabled_at = None
        people.save_account("ma", row)
        assert restored(world.ma, after).systems == ("registry",)

    def test_no_name_stands_in_the_journal(self, world: World) -> None:
        for change in (_disable, _roles, _password, _factor, _own_factor):
            change(world.ma)
        accounts.enable(world.ma, OPERATOR, "karim")
        octets = erasures.journal_file(world.ma.config.home).read_bytes()
        assert octets.count(b"account-") == 6
        assert b"karim" not in octets


class TestAgreements:
    def state(self, world: World) -> State:
        found = standing(world.ma, world.agreement)
        assert found is not None
        return found.state(world.clock())

    def lose(self, world: World) -> None:
        StoredStop.objects.using("ma").all().delete()
        assert self.state(world) is State.IN_FORCE

    @pytest.mark.parametrize(
        ("act", "state"), [(stop.suspend, State.SUSPENDED), (stop.terminate, State.TERMINATED)]
    )
    @pytest.mark.parametrize("by", ["be", "ma"])
    def test_stopped_after_the_backup_by_either_side(
        self, world: World, by: str, act: Callable[..., object], state: State
    ) -> None:
        after = erasures.settled_position(world.ma)
        act(world.be if by == "be" else world.ma, OPERATOR, world.agreement, "a leaked key")
        deliver_due(world.be, world.network.channels)
        world.clock.forward(seconds=1)
        assert self.state(world) is state
        kept = list(StoredStop.objects.using("ma").values_list("agreement", "kind", "by", "at", "until"))
        self.lose(world)
        assert erasures.replay(world.ma, after) == 1
        assert (
            list(StoredStop.objects.using("ma").values_list("agreement", "kind", "by", "at", "until")) == kept
        )
        assert b"agreement.stop-restored" in leaves(world.ma)
        # Once more changes nothing.
        erasures.replay(world.ma, after)
        assert StoredStop.objects.using("ma").count() == 1

    def test_suspended_and_resumed_after_the_backup(self, world: World) -> None:
        after = erasures.settled_position(world.ma)
        for act in (
            lambda: stop.suspend(world.ma, OPERATOR, world.agreement, ""),
            lambda: stop.resume(world.ma, OPERATOR, world.agreement),
        ):
            world.clock.forward(seconds=1)
            act()
        world.clock.forward(seconds=1)
        kept = list(StoredStop.objects.using("ma").values_list("at", "until"))
        self.lose(world)
        assert erasures.replay(world.ma, after) == 2
        assert list(StoredStop.objects.using("ma").values_list("at", "until")) == kept
        assert self.state(world) is State.IN_FORCE

    def test_a_stop_of_the_backup_is_not_stored_twice(self, world: World) -> None:
        stop.suspend(world.ma, OPERATOR, world.agreement, "")
        world.clock.forward(seconds=1)
        stop.resume(world.ma, OPERATOR, world.agreement)
        erasures.replay(world.ma, erasures.settled_position(world.ma))
        assert StoredStop.objects.using("ma").count() == 1

    def test_an_agreement_that_the_backup_does_not_know(self, world: World) -> None:
        with atomic("ma"):
            erasures.journal(
                world.ma, "agreement-stopped", [f"{'0' * 64}/suspend/{BE}/2026-11-23T20:15:00.000Z"]
            )
        erasures.replay(world.ma, erasures.settled_position(world.ma))
        assert StoredStop.objects.using("ma").count() == 0


def test_the_journal_is_kept_at_fixed_times_once_it_has_begun(world: World, tmp_path: Path) -> None:
    world.clock.forward(hours=5)
    assert erasures.keep(world.ma) == 1
    assert withdrawn.read(world.ma, 0).until == world.clock()
    assert erasures.replay(world.ma, erasures.settled_position(world.ma)) == 0
    # A journal that is not there is not begun by this: its loss must be seen.
    erasures.journal_file(tmp_path).unlink()
    assert erasures.keep(world.ma) == 0
    with pytest.raises(NodeError, match=r"journal\.missing"):
        withdrawn.read(world.ma, 0)


def test_a_partner_revoked_and_confirmed_anew(world: World) -> None:
    from comity.core.identity.fingerprint import fingerprint
    from comity.services.partners.add import add_partner

    after = backed_up(world.ma)
    card, octets = make_card(BE, node_keys(BE))
    revoke_partner(world.ma, BE, OPERATOR)
    add_partner(world.ma, octets, OPERATOR)
    confirm_partner(world.ma, BE, " ".join(fingerprint(card)), OPERATOR)
    found = restored(world.ma, after)
    assert (found.partners, found.revoked) == ((), ())
    assert partner(world.ma, BE).state is PartnerState.CONFIRMED
