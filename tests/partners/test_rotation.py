"""Key rotation with overlap between two nodes, over real messages."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.partners.cast import BE, MA, OPERATOR, Pair, make_pair

from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.crypto.agent import KeyState
from comity.core.crypto.encoding import to_text
from comity.core.identity.fingerprint import fingerprint
from comity.errors import InputError, Refused
from comity.services import wiring
from comity.services.context import Node
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.status import Standing, status
from comity.services.exchange.submit import Outgoing, submit
from comity.services.partners.add import confirm_partner
from comity.services.partners.directory import partner, remembered_keys, sealing_key, signing_keys
from comity.services.partners.own_card import own_card, own_card_octets
from comity.services.partners.refresh import refresh_confirmed
from comity.services.partners.rotate import (
    CARD_KIND,
    DESTROYED,
    begin_rotation,
    finish_rotation,
    tend_keys,
    unaware,
)
from comity.services.partners.stop import resume_partner, suspend_partner
from comity.storage.models.partners import OwnKey

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
POLICE = Regime.POLICE
KIND = "test.rotation"


@handler(KIND, {Act.RESTRICT})
def take(node: Node, message: Message) -> None:
    """Take a message that asks nothing of the agreements."""


def send(node: Node, partner: ServiceId) -> str:
    return submit(node, Outgoing(partner, POLICE, KIND, Act.RESTRICT, {"n": 1}), OPERATOR)


def standing(node: Node, message: str) -> Standing:
    found = status(node, message)
    assert found is not None
    return found.standing


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    wiring.connect()
    made = make_pair(tmp_path)
    made.meet()
    return made


def active(pair: Pair) -> str:
    return next(h.sign_kid for h in pair.be.keys.held_keys(POLICE) if h.state is KeyState.ACTIVE)


def kids(pair: Pair) -> set[str]:
    return set(signing_keys(pair.ma, BE, POLICE, pair.clock()))


def test_new_keys_sign_once_the_partner_has_them_and_old_ones_end_with_the_overlap(pair: Pair) -> None:
    old = active(pair)
    begin_rotation(pair.be, POLICE, OPERATOR)
    assert tend_keys(pair.be) == 0
    assert active(pair) == old
    assert kids(pair) == {old}
    pair.deliver()
    assert len(kids(pair)) == 2
    assert partner(pair.ma, BE).card == own_card(pair.be)
    assert tend_keys(pair.be) == 1
    new = active(pair)
    assert new != old
    assert sealing_key(pair.ma, BE, POLICE)[0] == own_card(pair.be).regimes["police"].seal[-1].kid
    pair.clock.forward(days=14, seconds=1)
    assert kids(pair) == {new}
    assert tend_keys(pair.be) == 1
    assert [held.sign_kid for held in pair.be.keys.held_keys(POLICE)] == [new]
    assert OwnKey.objects.using("be").get(sign_kid=old).state == DESTROYED
    assert (
        set(remembered_keys(pair.ma, BE, POLICE)) == {old, new} == set(remembered_keys(pair.be, BE, POLICE))
    )
    assert tend_keys(pair.be) == 0


def test_without_the_partners_receipt_new_keys_sign_after_half_of_the_overlap(pair: Pair) -> None:
    pair.network.cut_off.add(MA)
    old = active(pair)
    begin_rotation(pair.be, POLICE, OPERATOR, overlap=timedelta(days=4))
    pair.deliver()
    pair.clock.forward(days=1)
    tend_keys(pair.be)
    assert active(pair) == old
    pair.clock.forward(days=1, minutes=1)
    tend_keys(pair.be)
    assert active(pair) != old


def test_a_key_that_may_be_known_to_others_is_refused_as_soon_as_the_partner_is_told(pair: Pair) -> None:
    old = active(pair)
    begin_rotation(pair.be, POLICE, OPERATOR)
    pair.deliver()
    finish_rotation(pair.be, POLICE, OPERATOR)
    new = active(pair)
    assert old not in {held.sign_kid for held in pair.be.keys.held_keys(POLICE)}
    pair.deliver()
    assert kids(pair) == {new}


def test_who_had_not_acknowledged_the_new_keys_is_named_before_the_old_ones_end(pair: Pair) -> None:
    pair.network.cut_off.add(MA)
    begin_rotation(pair.be, POLICE, OPERATOR)
    pair.deliver()
    assert unaware(pair.be) == [MA]
    old = active(pair)
    for named in ((), (BE,)):
        with pytest.raises(Refused, match=rf"keys\.partner-behind partners={MA}"):
            finish_rotation(pair.be, POLICE, OPERATOR, leave_behind=named)
    assert active(pair) == old
    assert len(pair.be.keys.held_keys(POLICE)) == 2
    pair.network.cut_off.clear()
    pair.clock.forward(minutes=6)
    pair.deliver()
    assert unaware(pair.be) == []
    finish_rotation(pair.be, POLICE, OPERATOR)
    assert len(pair.be.keys.held_keys(POLICE)) == 1


def test_one_rotation_at_a_time(pair: Pair) -> None:
    with pytest.raises(InputError, match=r"keys\.not-rotating"):
        finish_rotation(pair.be, POLICE, OPERATOR)
    begin_rotation(pair.be, POLICE, OPERATOR)
    with pytest.raises(InputError, match=r"keys\.rotating"):
        begin_rotation(pair.be, POLICE, OPERATOR)
    begin_rotation(pair.be, Regime.RETURN_IDENTIFICATION, OPERATOR)
    with pytest.raises(InputError, match=r"init\.regimes"):
        begin_rotation(pair.be, Regime.INTELLIGENCE, OPERATOR)
    pair.deliver()
    tend_keys(pair.be)
    pair.deliver()
    assert partner(pair.ma, BE).card == own_card(pair.be)


def test_a_suspended_partner_is_told_when_it_is_resumed(pair: Pair) -> None:
    suspend_partner(pair.be, MA, OPERATOR)
    begin_rotation(pair.be, POLICE, OPERATOR)
    pair.deliver()
    assert partner(pair.ma, BE).card.sequence == 1
    resume_partner(pair.be, MA, OPERATOR)
    assert tend_keys(pair.be) >= 1
    pair.deliver()
    assert partner(pair.ma, BE).card.sequence == 2


def test_a_card_that_the_partner_refused_is_sent_again_later(pair: Pair) -> None:
    suspend_partner(pair.ma, BE, OPERATOR)
    old = active(pair)
    begin_rotation(pair.be, POLICE, OPERATOR)
    pair.deliver()
    assert partner(pair.ma, BE).card.sequence == 1
    tend_keys(pair.be)
    assert active(pair) == old
    resume_partner(pair.ma, BE, OPERATOR)
    pair.clock.forward(hours=2)
    tend_keys(pair.be)
    pair.deliver()
    assert partner(pair.ma, BE).card.sequence == 2


@pytest.mark.parametrize(
    ("act", "code"), [(Act.EVIDENCE, "message.act"), (Act.RENEW_CARD, "partner.suspended")]
)
def test_a_suspended_partner_renews_no_card_whatever_act_it_calls_it(pair: Pair, act: Act, code: str) -> None:
    suspend_partner(pair.ma, BE, OPERATOR)
    begin_rotation(pair.be, POLICE, OPERATOR)
    outgoing = Outgoing(MA, POLICE, CARD_KIND, act, {"card": to_text(own_card_octets(pair.be))})
    message = submit(pair.be, outgoing, OPERATOR)
    pair.deliver()
    found = status(pair.be, message)
    assert found is not None
    assert (found.standing, found.code) == (Standing.REFUSED, code)
    assert partner(pair.ma, BE).card.sequence == 1


def test_a_partner_out_of_reach_for_the_whole_overlap_comes_back_without_anybodys_doing(pair: Pair) -> None:
    old = active(pair)
    pair.network.cut_off |= {BE, MA}
    begin_rotation(pair.be, POLICE, OPERATOR, overlap=timedelta(days=4))
    sent = [(pair.be, send(pair.be, MA)), (pair.ma, send(pair.ma, BE))]
    for _ in range(2):
        pair.clock.forward(days=2, minutes=1)
        pair.deliver()
        tend_keys(pair.be)
        assert refresh_confirmed(pair.ma, pair.network.channels, BE) == 0
    assert active(pair) != old
    sent += [(pair.be, send(pair.be, MA)), (pair.ma, send(pair.ma, BE))]
    # 1. The way is open again, and nothing that the new key signed is known at the partner's.
    pair.network.cut_off.clear()
    pair.clock.forward(minutes=6)
    pair.deliver()
    assert standing(pair.be, sent[0][1]) is Standing.UNACKNOWLEDGED
    # 2. The partner's worker reads the card; all that waited arrives, what was sealed to the old key too.
    assert refresh_confirmed(pair.ma, pair.network.channels, BE) == 1
    pair.clock.forward(minutes=6)
    pair.deliver()
    assert [standing(node, message) for node, message in sent] == [Standing.DELIVERED] * 4
    assert partner(pair.ma, BE).card == own_card(pair.be)
    # 3. Only then does the old key end.
    assert old in {held.sign_kid for held in pair.be.keys.held_keys(POLICE)}
    pair.clock.forward(days=1, minutes=1)
    tend_keys(pair.be)
    assert old not in {held.sign_kid for held in pair.be.keys.held_keys(POLICE)}


def test_a_partner_that_never_comes_back_keeps_no_old_key_alive(pair: Pair) -> None:
    old = active(pair)
    pair.network.cut_off.add(MA)
    begin_rotation(pair.be, POLICE, OPERATOR, overlap=timedelta(days=4))
    for days in (3, 2):
        pair.clock.forward(days=days)
        tend_keys(pair.be)
    assert old in {held.sign_kid for held in pair.be.keys.held_keys(POLICE)}
    pair.clock.forward(days=pair.be.config.transit_days)
    tend_keys(pair.be)
    assert old not in {held.sign_kid for held in pair.be.keys.held_keys(POLICE)}


def test_after_a_finished_rotation_that_the_partner_missed_its_administrator_confirms(pair: Pair) -> None:
    pair.network.cut_off.add(MA)
    begin_rotation(pair.be, POLICE, OPERATOR)
    finish_rotation(pair.be, POLICE, OPERATOR, leave_behind=[MA])
    assert len(pair.be.keys.held_keys(POLICE)) == 1
    message = send(pair.be, MA)
    pair.network.cut_off.clear()
    assert refresh_confirmed(pair.ma, pair.network.channels, BE) == 1
    assert refresh_confirmed(pair.ma, pair.network.channels, BE) == 0
    pair.clock.forward(minutes=6)
    pair.deliver()
    assert standing(pair.be, message) is Standing.UNACKNOWLEDGED
    offered = partner(pair.ma, BE).offered
    assert offered == own_card(pair.be)
    confirm_partner(pair.ma, BE, " ".join(fingerprint(offered)), OPERATOR)
    pair.clock.forward(minutes=6)
    pair.deliver()
    assert standing(pair.be, message) is Standing.DELIVERED


def test_a_suspended_partners_card_is_not_read(pair: Pair) -> None:
    suspend_partner(pair.ma, BE, OPERATOR)
    begin_rotation(pair.be, POLICE, OPERATOR)
    assert refresh_confirmed(pair.ma, pair.network.channels, BE) == 0
    assert partner(pair.ma, BE).card.sequence == 1
