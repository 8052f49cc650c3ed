"""L28: of a contact's contact only the kind of link is kept and told; what proves unfounded is deleted.

Enforced by `kept` in `core/register/links/model.py` (where it returns the link as it came,
`test_in_the_core_only_the_kind_is_kept` and `test_nothing_more_is_stored` fail), by `follow_ends` in
`services/register/links/join.py` (without its reduction `test_who_becomes_a_contact_loses_the_rest` fails), by `beyond`
of `services/register/links/shown.py` (with the far entry in it `test_beyond_the_next_entry_only_kinds_are_told` fails) and
by `part` (without `_removed` `test_an_unfounded_link_leaves_nothing` fails). No link is ever told to a partner.
"""

from __future__ import annotations

import json

import pytest
from tests.cases.cast import DPO, HEAD, LOTTE, OPERATOR, SALMA, SYSTEM_ACCOUNT, UID, ask, deliver, hold
from tests.federation.world import World
from tests.policy.linked import BASIS, CONTACT, FURTHER, MARKS, OTHER, SUSPECT, enter, entry, linked
from tests.policy.scene import everything, leaves

from comity.core.codes.marks import SubjectCategory
from comity.core.register.links.model import Link, LinkKind, kept
from comity.errors import InputError, Refused
from comity.services.cases.answer import answer
from comity.services.register.erase import erase
from comity.services.register.followed import tell_watchers
from comity.services.register.links.join import join, part, part_again
from comity.services.register.links.shown import links_of
from comity.services.register.state import restrict
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.register import RegisterAct, RegisterLink
from comity.storage.transaction import atomic

RULE = {
    "enforced": (
        "core/overlap/edge.py:reduced",
        "core/register/links/model.py:kept",
        "services/register/links/join.py:follow_ends",
        "services/register/links/join.py:part",
        "services/register/links/shown.py:links_of",
    ),
    "core": ("test_in_the_core_only_the_kind_is_kept",),
    "wire": (
        "overlap/test_overlap.py::test_of_a_contact_s_contact_the_kind_is_kept_alone",
        "test_no_link_is_told_to_a_partner",
    ),
    "api": ("api/test_links.py::test_of_a_contact_s_contact_a_system_reads_the_kind_alone",),
    "desk": (
        "test_nothing_more_is_stored",
        "test_beyond_the_next_entry_only_kinds_are_told",
        "test_who_becomes_a_contact_loses_the_rest",
        "test_an_unfounded_link_leaves_nothing",
        "test_a_link_goes_with_either_end",
        "web/test_links.py::test_a_link_is_entered_seen_and_deleted",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
WHOLE = Link(kind=LinkKind.FAMILY, marks=MARKS)


@pytest.mark.parametrize("one", list(SubjectCategory))
@pytest.mark.parametrize("other", list(SubjectCategory))
def test_in_the_core_only_the_kind_is_kept(one: SubjectCategory, other: SubjectCategory) -> None:
    around = {SubjectCategory.CONTACT, SubjectCategory.ASSOCIATE}
    found = kept(WHOLE, entry("a", category=one), entry("b", category=other))
    assert found.kind is LinkKind.FAMILY
    assert (found.marks is None) == ({one, other} <= around)


def stored(world: World, uid: str) -> str:
    return json.dumps(RegisterLink.objects.using(world.ma.alias).get(uid=uid).content)


def test_nothing_more_is_stored(desks: tuple[World, str]) -> None:
    world, _ = desks
    enter(world)
    near, far = linked(world, SUSPECT, CONTACT), linked(world, CONTACT, FURTHER, LinkKind.FAMILY)
    assert BASIS in stored(world, near)
    assert json.loads(stored(world, far)) == {"kind": "family", "marks": None}
    [entry_of] = leaves(world.ma, "register.linked")[:1]
    assert not any(uid in entry_of for uid in (SUSPECT, CONTACT)), "the log does not name the ends"


def test_beyond_the_next_entry_only_kinds_are_told(desks: tuple[World, str]) -> None:
    world, _ = desks
    enter(world)
    linked(world, SUSPECT, CONTACT)
    linked(world, CONTACT, FURTHER, LinkKind.FAMILY)
    linked(world, OTHER, CONTACT, LinkKind.EMPLOYMENT)
    [shown] = links_of(world.ma, SALMA, SUSPECT, "file 12")
    told = shown.document()
    assert (told["other"], told["names"], told["evaluation"]) == (CONTACT, ["Hind Berrada"], "B2")
    assert (told["assertion"], told["handling"], told["basis"]) == ("assessment", "H1", BASIS)
    assert told["beyond"] == {"employment": 1, "family": 1}
    whole = json.dumps(told)
    assert not any(value in whole for value in (FURTHER, OTHER, "Samir", "Omar"))
    bases = {each.other: each.document()["basis"] for each in links_of(world.ma, SALMA, CONTACT, "file 12")}
    assert bases == {SUSPECT: BASIS, OTHER: BASIS, FURTHER: None}
    looks = RegisterAct.objects.using("ma").filter(kind="consulted", subject_uid=SUSPECT)
    assert [act.statement["by"] for act in looks] == [SALMA.name]


def test_who_becomes_a_contact_loses_the_rest(desks: tuple[World, str]) -> None:
    """An import that says so makes the link that of a contact's contact: the rest goes in the same transaction."""
    world, _ = desks
    enter(world)
    uid = linked(world, OTHER, CONTACT)
    changed = entry("Omar Idrissi", category=SubjectCategory.ASSOCIATE)
    hold(world.ma, changed, OTHER)
    with atomic(world.ma.alias):
        tell_watchers(world.ma, OTHER, changed)
    assert json.loads(stored(world, uid)) == {"kind": "acquaintance", "marks": None}
    assert len(leaves(world.ma, "register.link-reduced")) == 1
    with atomic(world.ma.alias):
        tell_watchers(world.ma, OTHER, entry("Omar Idrissi"))
    assert BASIS not in stored(world, uid), "nothing comes back"


def test_an_unfounded_link_leaves_nothing(desks: tuple[World, str]) -> None:
    world, _ = desks
    enter(world)
    uid = linked(world, SUSPECT, OTHER)
    for wrong in ("0" * 32, "x", SUSPECT):
        with pytest.raises(InputError, match=r"register\.link-unknown"):
            part(world.ma, SALMA, wrong, "unfounded")
    with pytest.raises(InputError, match=r"register\.reason"):
        part(world.ma, SALMA, uid, " ")
    part(world.ma, SALMA, uid, "another man")
    assert not RegisterLink.objects.using("ma").exists()
    assert links_of(world.ma, SALMA, SUSPECT, "file 12") == []
    assert not RegisterAct.objects.using("ma").filter(kind="linked").exists()
    [act] = RegisterAct.objects.using("ma").filter(kind="parted")
    assert not any(end in str(act.statement) for end in (SUSPECT, OTHER))
    assert len(leaves(world.ma, "register.link-deleted")) == 1
    kept_salts = EvidenceEntry.objects.using("ma").filter(erase_key=uid, salt__isnull=False)
    assert all(b"register.linked" not in bytes(row.leaf) for row in kept_salts)
    with pytest.raises(InputError, match=r"register\.link-unknown"):
        part(world.ma, SALMA, uid, "again")


def test_a_restored_backup_does_not_bring_it_back(desks: tuple[World, str]) -> None:
    world, _ = desks
    enter(world)
    uid = linked(world, SUSPECT, OTHER)
    assert part_again(world.ma, [uid, "0" * 32]) == 1
    assert not RegisterLink.objects.using("ma").exists()


def test_a_link_goes_with_either_end(desks: tuple[World, str]) -> None:
    world, _ = desks
    enter(world)
    linked(world, SUSPECT, OTHER)
    linked(world, CONTACT, SUSPECT)
    linked(world, CONTACT, OTHER)
    erase(world.ma, HEAD, SUSPECT, "no longer needed")
    [left] = RegisterLink.objects.using("ma").select_related("one", "other")
    assert {left.one.uid, left.other.uid} == {CONTACT, OTHER}
    assert len(leaves(world.ma, "register.link-deleted")) == 2


def test_who_may_link(desks: tuple[World, str]) -> None:
    world, _ = desks
    enter(world)
    for actor in (DPO, OPERATOR, SYSTEM_ACCOUNT):
        with pytest.raises(Refused, match=r"actor\.role"):
            join(world.ma, actor, SUSPECT, OTHER, WHOLE, "file 12")
    with pytest.raises(InputError, match=r"register\.link-self"):
        join(world.ma, SALMA, SUSPECT, SUSPECT, WHOLE, "file 12")
    restrict(world.ma, HEAD, OTHER, "contested")
    with pytest.raises(Refused, match=r"register\.restricted"):
        join(world.ma, LOTTE, SUSPECT, OTHER, WHOLE, "file 12")
    assert not RegisterLink.objects.using("ma").exists()


def test_no_link_is_told_to_a_partner(desks: tuple[World, str]) -> None:
    world, agreement = desks
    enter(world)
    linked(world, UID, OTHER)
    thread = ask(world, agreement)
    deliver(world)
    answer(world.ma, SALMA, thread)
    deliver(world)
    there = everything(world.be)
    assert not any(value in there for value in (BASIS, "Omar", OTHER))
