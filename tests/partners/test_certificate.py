"""A certificate is renewed: partners find the new one by themselves, and take it from nobody but its owner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.partners.cast import BE, MA, OPERATOR, Pair, make_node, make_pair

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.codes.marks import Role
from comity.errors import DeliveryError, Refused
from comity.services import wiring
from comity.services.context import Actor, ActorKind
from comity.services.custody.tls import make_certificate, read_certificate
from comity.services.partners import refresh
from comity.services.partners.certificate import renew_certificate
from comity.services.partners.directory import partner
from comity.services.partners.own_card import issue_card, own_card, own_card_octets
from comity.services.partners.refresh import refresh_card, refresh_confirmed
from comity.services.partners.rotate import begin_rotation, finish_rotation, tend_keys
from comity.services.partners.stop import suspend_partner
from comity.services.partners.trusted import trusted_certificates
from comity.storage.transaction import atomic
from comity.transport.channel import Channel, Channels

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """Two nodes; whoever expects another certificate than the Belgian one reads its card without the pin."""
    wiring.connect()
    made = make_pair(tmp_path)
    made.meet()
    monkeypatch.setattr(refresh, "fetch_card", lambda config, url: own_card_octets(made.be))
    return made


def pinned(pair: Pair) -> Channels:
    """Return the ways of the Moroccan node, which lead to the Belgian one while its card names the certificate shown."""

    def channels(service: ServiceId) -> Channel:
        class Way:
            def post(self, path: str, body: bytes) -> bytes:
                raise NotImplementedError

            def get(self, path: str) -> bytes:
                if partner(pair.ma, service).card.tls != read_certificate(pair.be.config):
                    raise DeliveryError("delivery.pin", retryable=True)
                return own_card_octets(pair.be)

        return Way()

    return channels


def test_a_partner_finds_the_new_certificate_by_itself(pair: Pair) -> None:
    before = read_certificate(pair.be.config)
    card = renew_certificate(pair.be, OPERATOR)
    assert card.tls == read_certificate(pair.be.config) != before
    assert (card.sequence, card.regimes) == (2, own_card(pair.be).regimes)
    assert refresh_confirmed(pair.ma, pinned(pair), BE) == 1
    assert partner(pair.ma, BE).card == card
    assert trusted_certificates(pair.ma) == {card.tls}
    assert refresh_confirmed(pair.ma, pinned(pair), BE) == 0


def test_an_administrator_reads_it_at_once(pair: Pair) -> None:
    renew_certificate(pair.be, OPERATOR)
    refresh_card(pair.ma, pinned(pair), BE, OPERATOR)
    assert partner(pair.ma, BE).card == own_card(pair.be)


def test_who_stands_on_the_way_leaves_no_trace(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An impostor that answers in its place, with a card of its own keys, changes nothing; not even a card that waits."""
    impostor = make_node("third", tmp_path, pair.clock, service=BE, country="BE")
    for _ in range(2):
        with atomic("third"):
            issue_card(impostor, pair.clock())
    renew_certificate(pair.be, OPERATOR)
    before = partner(pair.ma, BE)
    for octets in (own_card_octets(impostor), b"{}", b""):
        monkeypatch.setattr(refresh, "fetch_card", lambda config, url, octets=octets: octets)
        assert refresh_confirmed(pair.ma, pinned(pair), BE) == 0
    assert partner(pair.ma, BE) == before
    monkeypatch.setattr(refresh, "fetch_card", lambda config, url: own_card_octets(impostor))
    with pytest.raises(DeliveryError, match=r"delivery\.pin"):
        refresh_card(pair.ma, pinned(pair), BE, OPERATOR)


def test_keys_that_the_partner_does_not_know_are_not_taken_without_the_pin(pair: Pair) -> None:
    begin_rotation(pair.be, Regime.POLICE, OPERATOR)
    finish_rotation(pair.be, Regime.POLICE, OPERATOR, leave_behind=[MA])
    renew_certificate(pair.be, OPERATOR)
    assert refresh_confirmed(pair.ma, pinned(pair), BE) == 0
    assert partner(pair.ma, BE).offered is None


def test_a_suspended_partners_card_is_not_read(pair: Pair) -> None:
    suspend_partner(pair.ma, BE, OPERATOR)
    renew_certificate(pair.be, OPERATOR)
    assert refresh_confirmed(pair.ma, pinned(pair), BE) == 0
    assert partner(pair.ma, BE).card.sequence == 1


def test_killed_between_certificate_and_card_the_worker_issues_the_card(pair: Pair) -> None:
    make_certificate(pair.be.config, pair.be.keys, pair.clock())
    assert own_card(pair.be).tls != read_certificate(pair.be.config)
    tend_keys(pair.be)
    assert own_card(pair.be).tls == read_certificate(pair.be.config)
    assert own_card(pair.be).sequence == 2
    tend_keys(pair.be)
    assert own_card(pair.be).sequence == 2


def test_only_an_administrator_renews(pair: Pair) -> None:
    clerk = Actor("clerk", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.OFFICER)}))
    before = read_certificate(pair.be.config)
    with pytest.raises(Refused, match=r"actor\.role"):
        renew_certificate(pair.be, clerk)
    assert read_certificate(pair.be.config) == before
    assert partner(pair.be, MA).card.sequence == 1
