"""Searches that stand out: raised by the worker over what was remembered, settled by a data-protection officer, erased."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.cases.cast import officer
from tests.services.probe.land import OFFICER, Land

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role, SubjectCategory
from comity.core.probe.query import read_query
from comity.core.watch.justified import Aim, Justification, Profession
from comity.errors import InputError, Refused
from comity.services.health import metrics
from comity.services.oversight.look import looks as looked
from comity.services.people.statements import erase_statements
from comity.services.watch import noticed as watching
from comity.services.watch.noticed import ANOMALIES_KEPT, Outcome, View, listed, settle, watch_due
from comity.services.watch.remembered import KEPT
from comity.services.watch.together import watch_together
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.probe import ProbeAsked
from comity.storage.models.watch import SearchAnomaly, SearchLook

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
SAID = Justification("theft", Aim.LEARN_MORE, SubjectCategory.SUSPECT)
DPO = officer("bram", Role.DATA_PROTECTION_OFFICER)
AUDITOR = officer("amal", Role.AUDITOR)
WHOLE = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17", "document": "BK482913"}


def search(land: Land, said: Justification = SAID, case: str = "BE-2026-17", **subject: str) -> str:
    return land.search(read_query(subject or WHOLE), said=said, case=case).rid


def noticed(land: Land) -> list[View]:
    watch_due(land.be, land.network.channels)
    return listed(land.be, DPO)


def variants(land: Land, count: int) -> list[str]:
    """Ask for one name with a date after the other, in cases of their own: a quota is not what stops them."""
    return [
        search(land, case=f"BE-{day}", given="Zoulikha", family="Bourgheda", dob=f"1981-05-{day:02d}")
        for day in range(1, count + 1)
    ]


def test_what_is_remembered_says_nothing_without_the_key(land: Land) -> None:
    rid = search(land)
    row = SearchLook.objects.using("be").get(rid=rid)
    words = [row.person, row.name, row.family, row.birth, row.after, row.document]
    assert len(set(words)) == 6
    assert all(len(word) == 32 for word in words)
    stored = json.dumps(SearchLook.objects.using("be").values().get(), default=str).casefold()
    for name in ("zoulikha", "bourgheda", "1981-05", "482913"):
        assert name not in stored
    assert (row.asker, row.cased, row.justified, row.profession) == ("amina", True, True, "")


def test_a_justification_says_who_asks_as_what_and_what_nobody_said(land: Land) -> None:
    search(land, replace(SAID, profession=Profession.JOURNALIST, on_behalf="desk 4"))
    search(land, Justification())
    whole, bare = (land.justification(row) for row in ProbeAsked.objects.using("be").order_by("pk"))
    assert whole["role"] == "officer"
    assert whole["said"] == {
        "offence": "theft",
        "aim": "learn-more",
        "concerns": "suspect",
        "profession": "journalist",
        "on_behalf": "desk 4",
    }
    assert whole["missing"] == []
    assert bare["missing"] == ["offence", "aim", "concerns"]


def test_ordinary_searches_stand_out_by_nothing(land: Land) -> None:
    search(land)
    assert noticed(land) == []


def test_variants_of_one_person_stand_out_without_the_person(land: Land) -> None:
    rids = variants(land, 5)
    found = {view.sign: view for view in noticed(land)}
    assert set(found) == {"one-name", "ascending-dates"}
    assert found["one-name"].count == 5
    assert set(found["one-name"].searches) == set(rids)
    assert found["one-name"].asker == "amina"
    row = SearchAnomaly.objects.using("be").get(sign="one-name")
    assert "amina" not in json.dumps(
        SearchAnomaly.objects.using("be").filter(pk=row.pk).values("uid", "key", "sign", "outcome").get()
    )
    leaves = b" ".join(
        bytes(leaf) for leaf in EvidenceEntry.objects.using("be").values_list("leaf", flat=True)
    )
    assert row.uid.encode() in leaves
    assert b"amina" not in leaves


def test_it_is_raised_once_and_again_when_there_is_twice_as_much(land: Land) -> None:
    variants(land, 5)
    first = {view.sign: view.uid for view in noticed(land)}
    variants(land, 6)
    again = {view.sign: view for view in noticed(land)}
    assert {sign: view.uid for sign, view in again.items()} == first
    assert again["one-name"].count == 5
    settle(land.be, DPO, first["one-name"], Outcome.LAWFUL, "an inquiry into one family")
    assert "one-name" not in {view.sign for view in listed(land.be, DPO)}
    variants(land, 10)
    [raised] = [view for view in noticed(land) if view.sign == "one-name"]
    assert (raised.uid, raised.count, raised.settled_at) == (first["one-name"], 10, None)


def test_nothing_said_no_case_and_a_profession(land: Land) -> None:
    search(land, Justification())
    contact = replace(SAID, concerns=SubjectCategory.CONTACT, profession=Profession.LAWYER)
    search(land, contact)
    for number in range(5):
        search(land, case="none", given="Wout", family="Vanderelst", dob=f"19{50 + number}-01-02")
    found = {view.sign: view for view in noticed(land)}
    assert set(found) == {"unjustified", "profession-at-odds", "no-case", "one-name"}
    assert found["profession-at-odds"].code == "lawyer"


def test_a_case_system_is_told_apart_by_the_officer_for_whom_it_asks(land: Land) -> None:
    for name in ("jan", "els"):
        for day in (1, 2, 3):
            said = replace(SAID, on_behalf=name)
            search(land, said, given="Zoulikha", family="Bourgheda", dob=f"1981-05-{day:02d}")
    assert noticed(land) == []
    assert set(SearchLook.objects.using("be").values_list("asker", flat=True)) == {"amina/jan", "amina/els"}


def test_the_metric_counts_what_nobody_has_settled(land: Land) -> None:
    assert b"comity_search_anomalies_open 0.0" in metrics(land.be)
    search(land, Justification())
    [view] = noticed(land)
    told = metrics(land.be)
    assert b"comity_search_anomalies_open 1.0" in told
    assert b"amina" not in told
    settle(land.be, DPO, view.uid, Outcome.LAWFUL, "reason")
    assert b"comity_search_anomalies_open 0.0" in metrics(land.be)


def test_who_sees_and_who_settles(land: Land) -> None:
    search(land, Justification())
    [view] = noticed(land)
    assert [each.uid for each in listed(land.be, AUDITOR)] == [view.uid]
    with pytest.raises(Refused, match=r"actor\.role"):
        listed(land.be, OFFICER)
    with pytest.raises(Refused, match=r"watch\.officer"):
        settle(land.be, AUDITOR, view.uid, Outcome.LAWFUL, "reason")
    other = officer("x", Role.DATA_PROTECTION_OFFICER, regime=Regime.RETURN_IDENTIFICATION)
    with pytest.raises(InputError, match=r"watch\.unknown"):
        settle(land.be, other, view.uid, Outcome.LAWFUL, "reason")
    own = officer("amina", Role.DATA_PROTECTION_OFFICER)
    with pytest.raises(Refused, match=r"watch\.own"):
        settle(land.be, own, view.uid, Outcome.LAWFUL, "reason")
    with pytest.raises(InputError, match=r"register\.reason"):
        settle(land.be, DPO, view.uid, Outcome.LAWFUL, " ")
    settle(land.be, DPO, view.uid, Outcome.REMINDED, "told her what the form is for")
    with pytest.raises(Refused, match=r"watch\.settled"):
        settle(land.be, DPO, view.uid, Outcome.LAWFUL, "reason")
    [settled] = listed(land.be, DPO, settled=True)
    assert (settled.uid, settled.outcome) == (view.uid, "reminded")
    [look] = looked(land.be, AUDITOR)
    assert (look.by, look.act, look.subject, look.reason) == (
        "bram",
        "settle",
        view.uid,
        "told her what the form is for",
    )


def test_what_is_old_is_forgotten(land: Land) -> None:
    search(land, Justification())
    [view] = noticed(land)
    land.clock.forward(days=KEPT.days + 1)
    assert [each.uid for each in noticed(land)] == [view.uid], "what nobody settled stays"
    assert not SearchLook.objects.using("be").exists()
    settle(land.be, DPO, view.uid, Outcome.LAWFUL, "reason")
    land.clock.forward(days=ANOMALIES_KEPT.days + 1)
    watch_due(land.be, land.network.channels)
    erase_statements(land.be)
    assert listed(land.be, DPO, settled=True) == []
    assert not SearchAnomaly.objects.using("be").exists()


def test_the_last_search_of_a_day_is_looked_at_after_midnight(land: Land) -> None:
    land.clock.now = land.clock.now.replace(hour=23, minute=59)
    search(land, Justification())
    land.clock.forward(seconds=timedelta(minutes=5).total_seconds())
    search(land)
    assert {view.sign for view in noticed(land)} == {"unjustified"}


def test_each_search_for_a_protected_profession_is_told_though_the_last_was_settled(land: Land) -> None:
    lawyer = replace(SAID, profession=Profession.LAWYER)
    told = []
    for case in ("BE-1", "BE-2", "BE-3", "BE-4"):
        land.clock.forward(days=1)
        rid = search(land, lawyer, case=case)
        [view] = noticed(land)
        told.append((view.sign, view.searches[0] == rid))
        settle(land.be, DPO, view.uid, Outcome.LAWFUL, "the client of nobody in this case")
    assert told == [("protected-profession", True)] * 4
    assert noticed(land) == []


def test_what_was_settled_is_told_again_in_another_month(land: Land) -> None:
    variants(land, 5)
    found = {view.sign: view.uid for view in noticed(land)}
    for uid in found.values():
        settle(land.be, DPO, uid, Outcome.LAWFUL, "an inquiry into one family")
    land.clock.forward(days=31)
    land.published()
    variants(land, 4)
    assert noticed(land) == []
    search(land, case="BE-9", given="Zoulikha", family="Bourgheda", dob="1981-05-09")
    assert "one-name" in {view.sign for view in noticed(land)}


def test_what_was_searched_while_nobody_watched_is_looked_at(land: Land) -> None:
    """The worker was down for a week-end, and begins anew: nothing is known of what it looked at before."""
    search(land, Justification())
    land.clock.forward(days=3)
    watching._seen.clear()
    assert {view.sign for view in noticed(land)} == {"unjustified"}
    watching._seen.clear()
    for view in noticed(land):
        settle(land.be, DPO, view.uid, Outcome.REMINDED, "what the form is for")
    watching._seen.clear()
    assert noticed(land) == [], "what was settled is not told anew because the worker begins anew"


def test_nobody_settles_what_a_case_system_searched_on_its_behalf(land: Land) -> None:
    search(land, replace(Justification(), on_behalf="Bram"))
    [view] = noticed(land)
    with pytest.raises(Refused, match=r"watch\.own"):
        settle(land.be, DPO, view.uid, Outcome.LAWFUL, "reason")


def test_one_enumeration_of_several_accounts(land: Land) -> None:
    for day in range(1, 11):
        rid = search(land, case=f"BE-{day}", given="Zoulikha", family="Bourgheda", dob=f"1981-05-{day:02d}")
        asker = ("amina", "jan", "bram")[day % 3]
        SearchLook.objects.using("be").filter(rid=rid).update(asker=asker)
    assert noticed(land) == [], "none of them stands out alone"
    assert watch_together(land.be, land.network.channels) == 2
    assert watch_together(land.be, land.network.channels) == 0
    found = listed(land.be, DPO)
    assert {view.sign for view in found} == {"several-accounts"}
    assert {view.asker for view in found} == {"amina, bram, jan"}
    assert all(view.count == 10 for view in found)
    with pytest.raises(Refused, match=r"watch\.own"):
        settle(land.be, DPO, found[0].uid, Outcome.LAWFUL, "reason")
    settle(land.be, officer("els", Role.DATA_PROTECTION_OFFICER), found[0].uid, Outcome.REPORTED, "reason")
    leaves = b" ".join(bytes(x) for x in EvidenceEntry.objects.using("be").values_list("leaf", flat=True))
    assert b"amina" not in leaves


def test_nonsense_beside_a_name_hides_no_enumeration(land: Land) -> None:
    for number, other in enumerate(("Dupont", "Claessens", "Vermeulen", "Lambrecht", "Goffin")):
        search(
            land,
            case=f"BE-{number}",
            given="Wout",
            family=other,
            given_ar="زليخة",
            family_ar="بورغدة",
            dob=f"19{50 + 7 * number}-02-03",
        )
    [view] = noticed(land)
    assert (view.sign, view.count) == ("one-name", 5)
