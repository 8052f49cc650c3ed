"""L32: a link shows only to who may see both ends, and nothing tells anybody else that there is one.

Enforced by `visible` in `services/register/links/join.py` (where it is always true, `test_a_link_to_a_restricted_entry`
and the counts beyond fail) and by its use in `links_of`, `_shown` and `part`. Source: Reg. (EU) 2018/1862 Art. 63(3).
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.cases.cast import DPO, HEAD, LOTTE, SALMA, hold
from tests.federation.world import World
from tests.policy.linked import CONTACT, OTHER, SUSPECT, enter, entry, linked

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.register.links.model import LinkKind
from comity.errors import InputError, Refused
from comity.services.register.links.join import part
from comity.services.register.links.shown import links_of
from comity.services.register.state import lift_restriction, quarantine, restrict
from comity.storage.models.register import RegisterLink

RULE = {
    "enforced": (
        "services/register/links/join.py:visible",
        "services/register/links/shown.py:links_of",
        "services/register/links/join.py:join",
    ),
    "core": "not applicable: who may see an entry follows from roles and from the state of its row",
    "wire": ("policy/test_l28_links.py::test_no_link_is_told_to_a_partner",),
    "api": "not applicable: the interface has no address that enters or tells links",
    "desk": (
        "test_a_link_to_a_restricted_entry",
        "test_ends_of_two_regimes_are_not_joined",
        "test_who_works_under_another_regime_sees_none",
        "web/test_links.py::test_a_restricted_end_hides_the_link",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


def test_a_link_to_a_restricted_entry(desks: tuple[World, str]) -> None:
    world, _ = desks
    enter(world)
    hidden = linked(world, SUSPECT, OTHER, LinkKind.FAMILY)
    linked(world, SUSPECT, CONTACT)
    for hide in (restrict, quarantine):
        hide(world.ma, HEAD, OTHER, "contested")
        assert [each.other for each in links_of(world.ma, SALMA, SUSPECT, "file 12")] == [CONTACT]
        [near] = links_of(world.ma, SALMA, CONTACT, "file 12")
        assert near.beyond == {}, "the hidden link is not counted either"
        with pytest.raises(InputError, match=r"register\.link-unknown"):
            part(world.ma, SALMA, hidden, "unfounded")
        with pytest.raises(Refused, match=r"register\.restricted"):
            links_of(world.ma, SALMA, OTHER, "file 12")
        seen = links_of(world.ma, HEAD, SUSPECT, "file 12")
        assert {each.other for each in seen} == {OTHER, CONTACT}, "who settles it sees both"
        if hide is restrict:
            lift_restriction(world.ma, DPO, OTHER, "settled")
            assert len(links_of(world.ma, SALMA, SUSPECT, "file 12")) == 2
    assert RegisterLink.objects.using("ma").filter(uid=hidden).exists()


def test_ends_of_two_regimes_are_not_joined(desks: tuple[World, str]) -> None:
    world, _ = desks
    enter(world)
    hold(world.ma, entry("Omar Idrissi", regime=Regime.RETURN_IDENTIFICATION), OTHER)
    both = replace(SALMA, roles=SALMA.roles | {(Regime.RETURN_IDENTIFICATION, Role.OFFICER)})
    with pytest.raises(Refused, match=r"register\.link-regime"):
        linked(world, SUSPECT, OTHER, actor=both)
    with pytest.raises(Refused, match=r"actor\.role"):
        linked(world, SUSPECT, OTHER)


def test_who_works_under_another_regime_sees_none(desks: tuple[World, str]) -> None:
    world, _ = desks
    enter(world)
    uid = linked(world, SUSPECT, OTHER)
    elsewhere = replace(LOTTE, roles=frozenset({(Regime.RETURN_IDENTIFICATION, Role.HEAD_OF_DESK)}))
    with pytest.raises(Refused, match=r"actor\.role"):
        links_of(world.ma, elsewhere, SUSPECT, "file 12")
    with pytest.raises(InputError, match=r"register\.link-unknown"):
        part(world.ma, elsewhere, uid, "unfounded")
