"""Why a subject was found, in the reader's words: each feature, how it agrees, and whether that speaks for it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from comity.core.match.register.index import Reason
from comity.services.register.finding.document import percent
from comity.services.register.finding.find import Cluster, Findings, Possible

FEATURES: dict[str, Promise] = {
    "name": _("Name"),
    "rarity": _("How common the name is here"),
    "birth": _("Date of birth"),
    "place": _("Place of birth"),
    "sex": _("Sex"),
    "given": _("Given name and sex"),
    "nationality": _("Nationality"),
    "parents": _("Names of the parents"),
    "number": _("Numbers"),
    "further": _("Other columns"),
}
AGREEMENTS: dict[str, Promise] = {
    "same": _("the same"),
    "different": _("different"),
    "exact": _("the same day"),
    "year_only": _("the same year; the day is not known on one side"),
    "first_january": _("1 January on both sides, which often stands for unknown"),
    "swapped": _("day and month exchanged"),
    "one_digit": _("one digit differs"),
    "one_part": _("day, month or year differs"),
    "year_equal": _("the same year, another day"),
    "year_near": _("a neighbouring year"),
    "contains": _("one lies in the other"),
    "near": _("near each other"),
    "spelling": _("spelled alike"),
}
_NAMES = (
    (2.0, _("the same name, written in one way or another")),
    (0.0, _("probably the same name")),
    (-2.0, _("perhaps the same name")),
)
_OTHER_NAME = _("another name")
SPEAKS = 0.05
"""Evidence below which a feature says nothing."""


@dataclass(frozen=True, slots=True)
class Told:
    """One reason in words; `tone` is good when it speaks for the person, bad when against."""

    feature: str
    agreement: str
    tone: str
    weight: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One subject with its reasons."""

    possible: Possible
    percent: str
    reasons: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class ShownCluster:
    """Subjects that are probably one person."""

    percent: str
    members: tuple[Shown, ...]


def explained(found: Findings) -> list[ShownCluster]:
    """Return the clusters with their reasons in words."""
    return [_cluster(cluster) for cluster in found.clusters]


def _cluster(cluster: Cluster) -> ShownCluster:
    members = tuple(
        Shown(
            one,
            percent(one.probability),
            tuple(_told(each) for each in one.reasons if abs(each.weight) > SPEAKS),
        )
        for one in cluster.members
    )
    return ShownCluster(percent(cluster.probability), members)


def _told(reason: Reason) -> Told:
    return Told(
        str(FEATURES[reason.feature]),
        _agreement(reason),
        "good" if reason.weight > 0 else "bad",
        f"{reason.weight:+.1f}",
    )


def _agreement(reason: Reason) -> str:
    if reason.feature in ("name", "parents"):
        odds = float(reason.agreement)
        return str(next((words for least, words in _NAMES if odds >= least), _OTHER_NAME))
    if reason.feature == "rarity":
        count = int(reason.agreement)
        return ngettext(
            "%(number)s person here has such a name", "%(number)s persons here have such a name", count
        ) % {"number": count}
    known = AGREEMENTS.get(reason.agreement)
    return str(known) if known else reason.agreement
