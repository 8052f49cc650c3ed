"""Adding, confirming, suspending and revoking partners; the directory at each step."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.partners.cast import BE, MA, OPERATOR, START, Pair, make_node, make_pair

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.codes.marks import Role
from comity.core.identity.card import open_card
from comity.core.identity.fingerprint import fingerprint
from comity.errors import InputError, PeerError, Refused
from comity.services import wiring
from comity.services.context import Actor, ActorKind
from comity.services.partners.add import add_partner, confirm_partner
from comity.services.partners.directory import (
    PartnerState,
    all_partners,
    find_partner,
    partner,
    sealing_key,
    signing_keys,
)
from comity.services.partners.own_card import issue_card, own_card, own_card_octets
from comity.services.partners.stop import resume_partner, revoke_partner, suspend_partner
from comity.services.partners.trusted import trusted_certificates
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.partners import Partner
from comity.storage.transaction import atomic

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
POLICE = Regime.POLICE
CLERK = Actor("clerk", ActorKind.OFFICER, frozenset({(POLICE, Role.OFFICER)}))
ADMINISTRATOR = Actor("nora", ActorKind.OFFICER, frozenset({(POLICE, Role.ADMINISTRATOR)}))


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    wiring.connect()
    return make_pair(tmp_path)


def events(alias: str) -> int:
    return EvidenceEntry.objects.using(alias).count()


def keys_code(pair: Pair, *, protective: bool = False) -> str:
    """Return the code with which the partner's keys are refused, or ``ok``."""
    try:
        held = signing_keys(pair.be, MA, POLICE, pair.clock(), protective=protective)
        sealing_key(pair.be, MA, POLICE, protective=protective)
    except (Refused, PeerError) as error:
        return error.code
    return "ok" if held else "none"


def test_nothing_is_accepted_before_the_fingerprint_is_confirmed(pair: Pair) -> None:
    assert keys_code(pair) == "partner.unknown"
    before = events("be")
    view = add_partner(pair.be, own_card_octets(pair.ma), OPERATOR)
    assert view.state is PartnerState.PENDING
    assert keys_code(pair) == keys_code(pair, protective=True) == "partner.unconfirmed"
    assert trusted_certificates(pair.be) == frozenset()
    words = fingerprint(own_card(pair.ma))
    for wrong in ("", " ".join(words[:-1]), " ".join([*words[1:], words[0]])):
        with pytest.raises(InputError, match=r"partner\.fingerprint"):
            confirm_partner(pair.be, MA, wrong, OPERATOR)
    assert keys_code(pair) == "partner.unconfirmed"
    confirmed = confirm_partner(pair.be, MA, " ".join(words), ADMINISTRATOR)
    assert confirmed.state is PartnerState.CONFIRMED
    assert keys_code(pair) == "ok"
    assert trusted_certificates(pair.be) == {own_card(pair.ma).tls}
    assert events("be") == before + 2


def test_only_administrators_may(pair: Pair) -> None:
    with pytest.raises(Refused, match=r"actor\.role"):
        add_partner(pair.be, own_card_octets(pair.ma), CLERK)
    pair.meet()
    for act in (suspend_partner, resume_partner, revoke_partner):
        with pytest.raises(Refused, match=r"actor\.role"):
            act(pair.be, MA, CLERK)
    with pytest.raises(Refused, match=r"actor\.role"):
        confirm_partner(pair.be, MA, "x", CLERK)


def test_suspension_and_revocation_bind_at_once_but_what_protects_still_flows(pair: Pair) -> None:
    pair.meet()
    assert keys_code(pair) == "ok"
    suspend_partner(pair.be, MA, ADMINISTRATOR)
    assert keys_code(pair) == "partner.suspended"
    assert keys_code(pair, protective=True) == "ok"
    resume_partner(pair.be, MA, ADMINISTRATOR)
    assert keys_code(pair) == "ok"
    revoke_partner(pair.be, MA, ADMINISTRATOR)
    assert keys_code(pair) == "partner.revoked"
    assert keys_code(pair, protective=True) == "ok"
    assert trusted_certificates(pair.be)
    with pytest.raises(InputError, match=r"partner\.state"):
        resume_partner(pair.be, MA, ADMINISTRATOR)


def test_a_revoked_partner_returns_only_by_a_new_confirmation(pair: Pair) -> None:
    pair.meet()
    revoke_partner(pair.be, MA, OPERATOR)
    add_partner(pair.be, own_card_octets(pair.ma), OPERATOR)
    assert keys_code(pair) == "partner.revoked"
    confirm_partner(pair.be, MA, " ".join(fingerprint(own_card(pair.ma))), OPERATOR)
    assert keys_code(pair) == "ok"


def test_a_revoked_pending_partner_stays_unconfirmed(pair: Pair) -> None:
    add_partner(pair.be, own_card_octets(pair.ma), OPERATOR)
    revoke_partner(pair.be, MA, OPERATOR)
    assert keys_code(pair, protective=True) == "partner.unconfirmed"


def test_adding_again_changes_nothing_and_strange_keys_wait_for_confirmation(
    pair: Pair, tmp_path: Path
) -> None:
    pair.meet()
    view = add_partner(pair.be, own_card_octets(pair.ma), OPERATOR)
    assert (view.state, view.offered) == (PartnerState.CONFIRMED, None)
    impostor = make_node("third", tmp_path, pair.clock, service=MA, country="MA")
    with atomic("third"):
        issue_card(impostor, pair.clock())
    view = add_partner(pair.be, own_card_octets(impostor), OPERATOR)
    assert view.offered == own_card(impostor)
    assert view.card == own_card(pair.ma)
    with pytest.raises(InputError, match=r"partner\.fingerprint"):
        confirm_partner(pair.be, MA, " ".join(fingerprint(own_card(pair.ma))), OPERATOR)
    confirm_partner(pair.be, MA, " ".join(fingerprint(own_card(impostor))), OPERATOR)
    assert partner(pair.be, MA).card == own_card(impostor)


def test_cards_that_are_not_taken(pair: Pair, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"partner\.self"):
        add_partner(pair.be, own_card_octets(pair.be), OPERATOR)
    demo = make_node("third", tmp_path, pair.clock, service="TN.police", country="TN", demo=True)
    with pytest.raises(PeerError, match=r"card\.demo"):
        add_partner(pair.be, own_card_octets(demo), OPERATOR)
    with pytest.raises(PeerError, match=r"card\.not-demo"):
        add_partner(demo, own_card_octets(pair.be), OPERATOR)
    assert not all_partners(pair.be)
    assert not Partner.objects.using("third").exists()


def test_services_without_a_common_regime_do_not_meet(pair: Pair, tmp_path: Path) -> None:
    secret = make_node(
        "third", tmp_path, pair.clock, service="TN.dst", country="TN", regimes=(Regime.INTELLIGENCE,)
    )
    with pytest.raises(Refused, match=r"partner\.no-regime"):
        add_partner(pair.be, own_card_octets(secret), OPERATOR)


def test_partners_are_found_by_country_when_there_is_only_one(pair: Pair, tmp_path: Path) -> None:
    pair.meet()
    assert find_partner(pair.be, "ma") == find_partner(pair.be, "MA.police") == MA
    with pytest.raises(InputError, match=r"partner\.unknown"):
        find_partner(pair.be, "FR")
    second = make_node("third", tmp_path, pair.clock, service="MA.customs", country="MA")
    add_partner(pair.be, own_card_octets(second), OPERATOR)
    with pytest.raises(InputError, match=r"partner\.ambiguous"):
        find_partner(pair.be, "MA")


def test_unknown_partners_are_unknown(pair: Pair) -> None:
    for act in (suspend_partner, resume_partner, revoke_partner):
        with pytest.raises(InputError, match=r"partner\.unknown"):
            act(pair.be, ServiceId("FR.none"), OPERATOR)
    with pytest.raises(InputError, match=r"partner\.unknown"):
        confirm_partner(pair.be, MA, "x", OPERATOR)


def test_the_own_card_names_the_node_and_opens(pair: Pair) -> None:
    card = open_card(own_card_octets(pair.be))
    assert (card.service, card.sequence, card.issued) == (BE, 1, START)
    assert signing_keys(pair.be, BE, POLICE, START) == card.signing_keys(POLICE, START)
