"""Statutory prohibitions: one table, no switch. An agreement can narrow them and never widen them.

Implements docs/protocol/agreement.md §6. Sources: Directive (EU) 2016/680 (LED) Art. 6, 10, 11, recital 71;
Regulation (EU) 2016/794 Art. 23(9), Annex II.B; Regulation (EU) 2018/1860 Art. 15; Regulation (EU) 2018/1862
Art. 65; Regulation (EU) 2024/1358 Art. 49, 50. Rule numbers are those of docs/law.md.

What a transfer needs on its day (L15, L17 b and d, L20, L21, L33, L34) is looked for in `comity.core.policy.transfer`.

Every prohibition that rests on a status of the person has one and the same public code, ``law.protected``: a code of
its own would tell what may not be told. The rule itself stands in `Ground.rule`, for the data-protection officer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from comity.core.agreement.model import Agreement, Clause
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.handling import SubCode
from comity.core.codes.marks import DataCategory, SubjectCategory, Taint
from comity.core.codes.transfer import BOUND_COUNTRIES
from comity.core.policy.model import Ground, ProposedAct
from comity.core.register.release import ALLOWED

SPECIAL_CATEGORIES = frozenset({DataCategory.FINGERPRINTS})
"""Categories of data under LED Art. 10."""

FIELD_CEILING = ALLOWED
"""Greatest set of fields per category of data subject (Reg. 2016/794 Annex II.B): one table for all; "L2"."""

RETURN_FIELDS = FIELD_CEILING[SubjectCategory.TO_BE_IDENTIFIED]
"""All that may be exchanged to identify a person for return (Reg. 2018/1860 Art. 15(3), Reg. 2024/1358 Art. 50)."""

NOT_FINDABLE = frozenset(
    {
        Taint.SIS,
        Taint.EURODAC,
        Taint.ASYLUM,
        Taint.RETURN_ALERT,
        Taint.RETURN_SUSPENDED,
        Taint.TORTURE_RISK,
        Taint.WITNESS,
        Taint.VICTIM,
        Taint.MINOR,
        Taint.RESTRICTED,
        Taint.QUARANTINED,
    }
)
"""Marks with which a subject can never be found by a partner."""

PROTECTED = "law.protected"
"""Public code of every prohibition that rests on a status of the person."""

RELEASED_ONLY = frozenset({Taint.WITNESS, Taint.VICTIM, Taint.MINOR})
"""Marks of persons of whom something may be told, but only by a named person's release."""

_DISCLOSING = frozenset({Act.BE_FOUND, Act.REPLY, Act.INFORM, Act.RECTIFY})
_DECIDED = frozenset({Act.REPLY, Act.REFUSE, Act.CONSENT, Act.ATTACH})
"""Answers, and files of a person, which a named person always decides."""

_DECIDED_WITH_DATA = frozenset({Act.INFORM, Act.RECTIFY})
"""To inform and to correct is decided by a named person when it carries data from a register."""

_FINDING = frozenset({Act.BE_FOUND, Act.PUBLISH_INDEX})


@dataclass(frozen=True, slots=True)
class Prohibition:
    """One rule of law.

    Args:
        rule: its number in docs/law.md.
        code: public code of the refusal.
        applies: whether the act is prohibited; gets the agreement and the clause only to find conditions that the
            law itself sets (an assurance given, a necessity stated), never exceptions.
    """

    rule: str
    code: str
    source: str
    applies: Callable[[ProposedAct, Agreement | None, Clause | None], bool]


def third_country(act: ProposedAct) -> bool:
    """Whether the recipient's state is bound neither by the SIS nor by the Eurodac regulation."""
    return str(act.recipient)[:2] not in BOUND_COUNTRIES


def _fields_beyond(act: ProposedAct) -> bool:
    return any(not act.data <= FIELD_CEILING[subject] for subject in act.subjects)


def _without_category(act: ProposedAct) -> bool:
    return bool(act.data) and act.act in _DISCLOSING | {Act.REQUEST, Act.ATTACH} and not act.subjects


def _undecided(act: ProposedAct) -> bool:
    deciding = act.act in _DECIDED or (act.act in _DECIDED_WITH_DATA and bool(act.data))
    # A request for identification carries what other requests ask for: fingerprints leave by a named person's decision.
    prints = act.regime == Regime.RETURN_IDENTIFICATION and bool(act.data & SPECIAL_CATEGORIES)
    deciding = deciding or (act.act == Act.REQUEST and prints)
    return deciding and not act.decision


def _special_without_need(act: ProposedAct, clause: Clause | None) -> bool:
    special = act.data & SPECIAL_CATEGORIES
    if not special:
        return False
    alone = act.act in {Act.PROBE, Act.PUBLISH_INDEX, Act.BE_FOUND} and act.data <= SPECIAL_CATEGORIES
    return alone or (clause is not None and clause.necessity is None)


def _return_beyond(act: ProposedAct) -> bool:
    returning = act.regime == Regime.RETURN_IDENTIFICATION
    if act.purpose is not None and (act.purpose == Purpose.IDENTIFICATION) != returning:
        return True
    persons = {SubjectCategory.TO_BE_IDENTIFIED}
    return returning and not (act.data <= RETURN_FIELDS and act.subjects <= persons)


def _return_alert_elsewhere(act: ProposedAct) -> bool:
    """Whether what is known by a return alert would go to a third country for anything but to identify the person.

    There the conditions of L24 count: the person informed, the issuing State's agreement, the listed fields.
    """
    identifying = act.regime == Regime.RETURN_IDENTIFICATION and act.purpose == Purpose.IDENTIFICATION
    return Taint.RETURN_ALERT in act.taints and third_country(act) and not identifying


def _told_by_asking(act: ProposedAct) -> bool:
    """Whether asking a partner to serve a person would tell it who lives here under protection."""
    return act.act is Act.RIGHTS and bool(act.taints & (NOT_FINDABLE - {Taint.RESTRICTED}))


def _anothers(act: ProposedAct) -> bool:
    return act.owner is not None and act.owner != act.sender


def _onward_without_consent(act: ProposedAct) -> bool:
    return _anothers(act) and not act.consent and act.override is None and not act.judicial


def _court_without_permission(act: ProposedAct) -> bool:
    """Whether a court would get what its provider keeps from courts; a handling that is not known keeps it too."""
    kept = act.held_under is None or act.held_under.kept_from_courts
    return act.judicial and _anothers(act) and kept and not act.consent


def _beyond_sub_code(act: ProposedAct) -> bool:
    """Whether another's information would be used in a way that its sub-codes rule out, with or without consent.

    Who averts an immediate and serious threat may pass it on and tells its owner at once (Reg. 2016/794 Art. 22(2)).
    """
    if act.held_under is None or not _anothers(act) or act.override is not None:
        return False
    elsewhere = act.collected_for is not None and act.collected_for != act.purpose
    onward = act.recipient != act.sender
    return bool(
        act.held_under.sub_codes & ruled_out(onward=onward, elsewhere=elsewhere, judicial=act.judicial)
    )


def ruled_out(*, onward: bool, elsewhere: bool, judicial: bool) -> frozenset[SubCode]:
    """Return the sub-codes that rule a use out.

    Args:
        onward: it goes to another service. elsewhere: for another purpose than it came for. judicial: to a court.
    """
    uses = (
        (SubCode.NO_ONWARD, onward),
        (SubCode.NO_COURT, judicial),
        (SubCode.CASE_ONLY, elsewhere or onward),
    )
    return frozenset(code for code, used in uses if used)


def _override_beyond(act: ProposedAct) -> bool:
    """Whether an emergency is claimed for more than one narrow act, or without the notice to the owner."""
    if act.override is None:
        return False
    narrow = act.act is Act.INFORM and not act.judicial and _anothers(act) and len(act.subjects) == 1
    told = act.notified is not None and act.notified == act.owner
    return not (narrow and told and act.decision) or bool(act.data & SPECIAL_CATEGORIES)


def _repurposed_without_consent(act: ProposedAct) -> bool:
    other = act.collected_for is not None and act.collected_for != act.purpose
    return _anothers(act) and other and not (act.consent and act.consented_for == act.purpose)


PROHIBITIONS: tuple[Prohibition, ...] = (
    Prohibition(
        "L1",
        "law.purpose",
        "LED Art. 4(1)(b), 9(3); Reg. 2016/794 Art. 19",
        lambda a, g, c: _repurposed_without_consent(a),
    ),
    Prohibition("L17", "law.consent", "LED Art. 35(1)(e)", lambda a, g, c: _onward_without_consent(a)),
    Prohibition(
        "L8",
        "law.court",
        "LED Art. 9(3); handling code H1",
        lambda a, g, c: _court_without_permission(a),
    ),
    Prohibition(
        "L8",
        "law.handling",
        "LED Art. 9(3); handling code H3",
        lambda a, g, c: _beyond_sub_code(a),
    ),
    Prohibition(
        "L18",
        "law.override",
        "LED Art. 35(2); Reg. 2016/794 Art. 22(2)",
        lambda a, g, c: _override_beyond(a),
    ),
    Prohibition("L2", "law.fields", "Reg. 2016/794 Annex II.B", lambda a, g, c: _fields_beyond(a)),
    Prohibition("L4", "law.category", "LED Art. 6", lambda a, g, c: _without_category(a)),
    Prohibition("L9", "law.special", "LED Art. 10", lambda a, g, c: _special_without_need(a, c)),
    Prohibition(
        "L10",
        "law.decision",
        "LED Art. 11; Reg. 2024/982 Art. 47(6)",
        lambda a, g, c: _undecided(a),
    ),
    Prohibition("L11", "law.protected", "LED Art. 13(3), 15(1)", lambda a, g, c: _told_by_asking(a)),
    Prohibition(
        "L13",
        "law.protected",
        "LED Art. 16(3)",
        lambda a, g, c: Taint.RESTRICTED in a.taints and a.act is not Act.RIGHTS,
    ),
    Prohibition(
        "L22",
        "law.protected",
        "Reg. 2024/1358 Art. 49(1)",
        lambda a, g, c: Taint.EURODAC in a.taints and third_country(a),
    ),
    Prohibition(
        "L23", "law.protected", "Reg. 2024/1358 Art. 49(4)", lambda a, g, c: Taint.ASYLUM in a.taints
    ),
    Prohibition(
        "L24", "law.return", "Reg. 2018/1860 Art. 15; 2024/1358 Art. 50", lambda a, g, c: _return_beyond(a)
    ),
    Prohibition(
        "L24",
        "law.protected",
        "Reg. 2018/1860 Art. 15(1)-(3), 19; 2018/1861 Art. 50",
        lambda a, g, c: _return_alert_elsewhere(a),
    ),
    Prohibition(
        "L25",
        "law.protected",
        "Reg. 2018/1860 Art. 15(5)",
        lambda a, g, c: Taint.RETURN_SUSPENDED in a.taints,
    ),
    Prohibition(
        "L26",
        "law.protected",
        "Reg. 2018/1862 Art. 65",
        lambda a, g, c: Taint.SIS in a.taints and third_country(a),
    ),
    Prohibition(
        "L27", "law.protected", "Reg. 2024/1358 Art. 49(2)", lambda a, g, c: Taint.TORTURE_RISK in a.taints
    ),
    Prohibition(
        "L30", "law.protected", "Reg. 2016/794 Art. 23(9)", lambda a, g, c: Taint.QUARANTINED in a.taints
    ),
    Prohibition(
        "L13-27",
        "law.protected",
        "protected marks are not findable",
        lambda a, g, c: a.act in _FINDING and bool(a.taints & NOT_FINDABLE),
    ),
)


def protected(act: ProposedAct, agreement: Agreement | None) -> tuple[Ground, ...]:
    """Return the statutory grounds against words inside a thread that carry marks.

    What stands in such words nobody has released: what is told of a victim, a witness or a minor is a named person's
    release, and so never part of them (LED Art. 11).
    """
    grounds = tuple(one for one in prohibited(act, agreement, None) if one.code == PROTECTED)
    if act.taints & RELEASED_ONLY:
        grounds += (Ground(PROTECTED, "law", "L13-27"),)
    return grounds


def prohibited(act: ProposedAct, agreement: Agreement | None, clause: Clause | None) -> tuple[Ground, ...]:
    """Return every statutory ground against an act; empty when the law is silent."""
    return tuple(
        Ground(prohibition.code, "law", prohibition.rule)
        for prohibition in PROHIBITIONS
        if prohibition.applies(act, agreement, clause)
    )
