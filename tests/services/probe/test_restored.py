"""After a restore nobody is trusted on the word of the backup, and the private search works again once they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.federation.world import BE
from tests.services.probe.land import GROUP, KEEPER, Land

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.crypto.agent import ProbeKeyId
from comity.core.probe.opening import Strength
from comity.errors import DeliveryError, Refused
from comity.services.custody.restored import numbers_at, take_back
from comity.services.exchange.deliver import deliver_due
from comity.services.partners.directory import PartnerState, partner
from comity.services.partners.stop import resume_partner, revoke_partner
from comity.services.people import accounts, named_actor, service_accounts
from comity.services.probe.index import publish
from comity.services.probe.replica import fetch
from comity.services.probe.upkeep import fetch_due, publish_due
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.probe import ProbeEpoch, ProbeIndex, ProbeReplica
from comity.storage.transaction import atomic

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
KNOWN = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"}


def _restored(land: Land) -> None:
    """Roll Morocco back to its first index, without the seeds of its searches, as a restore does."""
    ProbeIndex.objects.using("ma").filter(version__gt=1).delete()
    for row in ProbeEpoch.objects.using("ma").all():
        land.ma.keys.destroy_probe_key(ProbeKeyId(BE, Regime.POLICE, GROUP, row.epoch))
    with atomic("ma"):
        take_back(land.ma, KEEPER)


def test_published_above_what_the_partner_has_seen(land: Land) -> None:
    land.published()
    for _ in range(3):
        publish(land.ma, BE, Regime.POLICE, GROUP, force=True)
    deliver_due(land.ma, land.network.channels)
    fetch_due(land.be, land.network.channels)
    assert ProbeReplica.objects.using("be").latest("version").version == 4
    _restored(land)
    # 1. The partner is suspended: nothing is published to it, and its searches are refused.
    assert publish_due(land.ma, land.network.channels) == 0
    with pytest.raises(DeliveryError, match=r"partner\.suspended"):
        land.ask(**KNOWN)
    # 2. Resumed: a search of the old index is refused by its code, not by a fault of this node.
    resume_partner(land.ma, BE, KEEPER)
    with pytest.raises(Refused, match=r"probe\.epoch"):
        land.ask(**KNOWN)
    # 3. Published without force, taken by the partner, searched.
    made = land.published()
    assert made.new
    assert made.version >= numbers_at(land.clock())[1] > 4
    newest = fetch(land.be, land.network.channels, land.ma.service, Regime.POLICE, GROUP)
    assert (newest.version, newest.epoch) == (made.version, made.epoch)
    assert land.ask(**KNOWN).strength is Strength.HIT
    # 4. The next ones count on from there.
    assert publish(land.ma, BE, Regime.POLICE, GROUP, force=True).version == made.version + 1
    assert not publish(land.ma, BE, Regime.POLICE, GROUP).new


def test_a_scope_that_the_backup_does_not_know(land: Land) -> None:
    land.published()
    ProbeIndex.objects.using("ma").all().delete()
    ProbeEpoch.objects.using("ma").all().delete()
    _restored(land)
    resume_partner(land.ma, BE, KEEPER)
    made = land.published()
    assert ProbeReplica.objects.using("be").latest("version").version == made.version > 1


def test_the_partners_indexes_are_fetched_again(land: Land) -> None:
    land.published()
    assert fetch_due(land.be, land.network.channels) == 1
    with atomic("be"):
        take_back(land.be, KEEPER)
    resume_partner(land.be, land.ma.service, KEEPER)
    assert fetch_due(land.be, land.network.channels) == 1


def test_numbers_stay_within_the_limits_of_a_manifest() -> None:
    epoch, version = numbers_at(datetime(2057, 1, 1, tzinfo=UTC))
    assert epoch < 1_000_000
    assert version < 1_000_000_000
    assert numbers_at(datetime(2020, 1, 1, tzinfo=UTC)) == (2, 2)


def test_everybody_is_closed_until_a_person_opens(land: Land) -> None:
    roles = frozenset({(Regime.POLICE, Role.OFFICER)})
    for name in ("amina", "karim"):
        accounts.enrol(land.ma, KEEPER, accounts.Enrolment(name, "correct horse battery", roles))
    accounts.disable(land.ma, KEEPER, "karim")
    scopes = service_accounts.parse_scopes(["probe"])
    token = service_accounts.create(land.ma, KEEPER, "registry", Regime.POLICE, scopes, 30)
    with atomic("ma"):
        closed = take_back(land.ma, KEEPER)
    assert closed.partners == (BE,)
    assert (closed.officers, closed.systems) == (("amina",), ("registry",))
    assert partner(land.ma, BE).state is PartnerState.SUSPENDED
    with pytest.raises(Refused, match=r"officer\.disabled"):
        named_actor(land.ma, "amina")
    with pytest.raises(Refused, match=r"service-account\.revoked"):
        service_accounts.verify_token(land.ma, token)
    # Each is an act of its own in the evidence; once more closes nobody.
    leaves = b"".join(
        bytes(leaf) for leaf in EvidenceEntry.objects.using("ma").values_list("leaf", flat=True)
    )
    for kind in (b"partner.suspended", b"officer.disabled", b"service-account.revoked"):
        assert kind in leaves
    with atomic("ma"):
        again = take_back(land.ma, KEEPER)
    assert (again.partners, again.officers, again.systems) == ((), (), ())
    accounts.enable(land.ma, KEEPER, "amina")
    assert named_actor(land.ma, "amina").name == "amina"


def test_a_revoked_partner_stays_revoked(land: Land) -> None:
    revoke_partner(land.ma, BE, KEEPER)
    with atomic("ma"):
        assert take_back(land.ma, KEEPER).partners == ()
    assert partner(land.ma, BE).state is PartnerState.REVOKED
