"""Queries of the check of what leaves: subjects that a text may mean, what an officer looked at, texts that were held."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from comity.core.instant import Instant
from comity.storage.models.egress import BlockedDraft
from comity.storage.models.probe import ProbeReference
from comity.storage.models.protection import Passage
from comity.storage.models.register import RegisterAct, RegisterSubject, RegisterToken

BATCH = 200
LOOKED_AT = ("consulted", "reference-resolved")
"""Acts by which a person sees one subject."""


def present(alias: str, tokens: Collection[bytes]) -> set[bytes]:
    """Return those of the tokens that any subject carries."""
    asked, found = sorted(tokens), set[bytes]()
    for start in range(0, len(asked), BATCH):
        rows = RegisterToken.objects.using(alias).filter(token__in=asked[start : start + BATCH])
        found.update(bytes(token) for token in rows.order_by().values_list("token", flat=True).distinct())
    return found


def carriers(alias: str, tokens: Sequence[bytes], limit: int) -> list[RegisterSubject]:
    """Return subjects that carry any of the tokens and are not erased, at most `limit` for each batch of tokens."""
    found: dict[int, RegisterSubject] = {}
    for start in range(0, len(tokens), BATCH):
        carrying = RegisterToken.objects.using(alias).filter(token__in=tokens[start : start + BATCH])
        pks = list(carrying.order_by("subject_id").values_list("subject_id", flat=True).distinct()[:limit])
        for row in RegisterSubject.objects.using(alias).filter(pk__in=pks).exclude(state="erased"):
            found[row.pk] = row
    return [found[pk] for pk in sorted(found)]


def carriers_of_both(alias: str, token: bytes, others: Sequence[bytes], limit: int) -> list[RegisterSubject]:
    """Return subjects that carry a token and any of the others and are not erased, at most `limit` for each batch."""
    mine = RegisterToken.objects.using(alias).filter(token=token).values("subject_id")
    found: dict[int, RegisterSubject] = {}
    for start in range(0, len(others), BATCH):
        theirs = RegisterToken.objects.using(alias).filter(token__in=others[start : start + BATCH])
        both = theirs.filter(subject_id__in=mine).order_by("subject_id")
        pks = both.values_list("subject_id", flat=True).distinct()[:limit]
        for row in RegisterSubject.objects.using(alias).filter(pk__in=list(pks)):
            if row.state != "erased":
                found[row.pk] = row
    return [found[pk] for pk in sorted(found)]


def subjects(alias: str, uids: Collection[str]) -> list[RegisterSubject]:
    """Return the subjects of these identifiers that are not erased."""
    rows = RegisterSubject.objects.using(alias).filter(uid__in=sorted(uids)).exclude(state="erased")
    return list(rows.order_by("uid"))


def looked_at(alias: str, names: Collection[str], since: Instant, limit: int) -> list[str]:
    """Return the subjects that persons of these names have consulted since an instant, the latest first."""
    rows = RegisterAct.objects.using(alias).filter(kind__in=LOOKED_AT, at__gte=since).exclude(subject_uid="")
    recent = rows.order_by("-pk")[:limit]
    return list(dict.fromkeys(row.subject_uid for row in recent if row.statement.get("by") in names))


def linked(alias: str, thread: str) -> list[str]:
    """Return the subjects of which something was released in a thread."""
    rows = Passage.objects.using(alias).filter(thread=thread).exclude(subject="")
    return list(rows.values_list("subject", flat=True).distinct())


def referred(alias: str, partner: str, reference: str) -> list[str]:
    """Return the subject that a partner's reference means, whether or not it may be found by now."""
    rows = ProbeReference.objects.using(alias).filter(partner=partner, reference=reference)
    return list(rows.values_list("subject", flat=True)[:1])


def add_draft(alias: str, row: BlockedDraft) -> None:
    """Insert a draft."""
    row.save(using=alias, force_insert=True)


def drafts_by(alias: str, officer: str, limit: int = 200) -> list[BlockedDraft]:
    """Return the drafts of an officer, the latest first."""
    return list(BlockedDraft.objects.using(alias).filter(officer=officer).order_by("-id")[:limit])


def drafts_of_decisions(alias: str, digests: Collection[str]) -> dict[str, BlockedDraft]:
    """Return the drafts that are still held of blocks and stops, by the digest of the decision."""
    asked, found = sorted(digests), {}
    for start in range(0, len(asked), BATCH):
        rows = BlockedDraft.objects.using(alias).filter(decision__in=asked[start : start + BATCH])
        found.update({row.decision: row for row in rows})
    return found


def draft(alias: str, reference: str) -> BlockedDraft | None:
    """Return a draft."""
    return BlockedDraft.objects.using(alias).filter(reference=reference).first()


def drafts_in(alias: str, partner: str, thread: str) -> list[BlockedDraft]:
    """Return the drafts of a thread."""
    rows = BlockedDraft.objects.using(alias).filter(partner=partner, thread=thread)
    return list(rows.exclude(thread="").order_by("id"))


def drafts_opening(alias: str, regimes: Collection[str]) -> list[BlockedDraft]:
    """Return the drafts of some regimes that would have opened a thread, oldest first."""
    rows = BlockedDraft.objects.using(alias).filter(thread="", regime__in=list(regimes))
    return list(rows.order_by("id"))


def drop_draft(alias: str, reference: str) -> int:
    """Delete a draft; return how many there were."""
    return int(BlockedDraft.objects.using(alias).filter(reference=reference).delete()[0])


def drop_drafts_before(alias: str, moment: Instant) -> int:
    """Delete the drafts made before an instant; return how many."""
    return int(BlockedDraft.objects.using(alias).filter(at__lt=moment).delete()[0])


def drop_drafts_in(alias: str, partner: str, thread: str) -> int:
    """Delete the drafts of a thread; return how many."""
    rows = BlockedDraft.objects.using(alias).filter(partner=partner, thread=thread).exclude(thread="")
    return int(rows.delete()[0])
