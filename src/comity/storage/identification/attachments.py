"""Queries on files: declared, on their way, whole, gone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import F, QuerySet

from comity.core.instant import Instant
from comity.storage.models.cases import Attachment, AttachmentPart, AttachmentState, Case
from comity.storage.models.exchange import Direction, ExchangedMessage, MessageState
from comity.storage.models.protection import Passage, PassageState

OUT, IN = Direction.OUT.value, Direction.IN.value


def add(alias: str, row: Attachment, pieces: Sequence[bytes] = ()) -> None:
    """Insert a file that was declared, and the parts of one that we send."""
    row.save(using=alias, force_insert=True)
    for number, octets in enumerate(pieces):
        AttachmentPart(attachment=row, number=number, octets=octets).save(using=alias, force_insert=True)


def of_thread(alias: str, partner: str, thread: str, direction: str | None = None) -> list[Attachment]:
    """Return the files of a thread in the order in which they were declared."""
    rows = Attachment.objects.using(alias).filter(partner=partner, thread=thread)
    if direction is not None:
        rows = rows.filter(direction=direction)
    return list(rows.order_by("id"))


def at_place(alias: str, partner: str, thread: str, direction: str, place: int) -> Attachment | None:
    """Return one file of a side of a thread."""
    rows = Attachment.objects.using(alias).filter(partner=partner, thread=thread, direction=direction)
    return rows.filter(place=place).first()


def declared(alias: str, partner: str, message: str, number: int) -> Attachment | None:
    """Return the file that a partner's message declared at a place."""
    rows = Attachment.objects.using(alias).filter(partner=partner, declared=message, number=number)
    return rows.filter(direction=IN).first()


def add_part(alias: str, row: Attachment, number: int, message: str, octets: bytes) -> None:
    """Insert the next part of a file that is arriving."""
    part = AttachmentPart(attachment=row, number=number, message=message, octets=octets)
    part.save(using=alias, force_insert=True)
    change(alias, row, arrived=number + 1)


def whole(alias: str, row: Attachment) -> bytes:
    """Return all parts of a file, joined."""
    pieces = AttachmentPart.objects.using(alias).filter(attachment=row).order_by("number")
    return b"".join(piece.octets for piece in pieces)


def change(alias: str, row: Attachment, **values: Any) -> None:
    """Change columns of a file."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save(using=alias, update_fields=list(values))


def to_send(alias: str, limit: int) -> list[AttachmentPart]:
    """Return parts that no message carries yet, of requests that the partner's node has taken and that still stand."""
    rows = _to_send(alias).select_related("attachment").order_by("attachment_id", "number")
    return list(rows[:limit])


def is_to_send(alias: str, part: AttachmentPart) -> bool:
    """Tell whether a part is among those still."""
    return _to_send(alias).filter(pk=part.pk).exists()


def _to_send(alias: str) -> QuerySet[AttachmentPart]:
    open_cases = Case.objects.using(alias).filter(
        side="asked", received_at__isnull=False, rejected=None, closing=None, request__isnull=False
    )
    still = Passage.objects.using(alias).filter(direction=OUT, state=PassageState.HELD)
    return AttachmentPart.objects.using(alias).filter(
        message=None,
        attachment__direction=OUT,
        attachment__state=AttachmentState.ARRIVING,
        attachment__thread__in=open_cases.values("thread"),
        attachment__declared__in=still.values("message"),
    )


def delivered(alias: str, partner: str, messages: Collection[str]) -> bool:
    """Tell whether the partner's node has taken all these messages of ours."""
    rows = ExchangedMessage.objects.using(alias).filter(direction=OUT, partner=partner)
    return rows.filter(message__in=list(messages), state=MessageState.DELIVERED).count() == len(set(messages))


def carried_by(alias: str, message: str) -> AttachmentPart | None:
    """Return the part that a message of ours carries."""
    rows = AttachmentPart.objects.using(alias).filter(message=message, attachment__direction=OUT)
    return rows.select_related("attachment").first()


def set_message(alias: str, part: AttachmentPart, message: str | None) -> None:
    """Write down which message carries a part."""
    part.message = message
    part.save(using=alias, update_fields=["message"])


def count_arrived(alias: str, row: Attachment) -> int:
    """Count one more part that the partner's node has taken; return how many there are."""
    Attachment.objects.using(alias).filter(pk=row.pk).update(arrived=F("arrived") + 1)
    row.refresh_from_db(using=alias)
    return row.arrived


def carriers(alias: str, partner: str, thread: str) -> list[str]:
    """Return the messages of ours that carry parts of a thread's files."""
    rows = AttachmentPart.objects.using(alias).filter(
        attachment__partner=partner, attachment__thread=thread, attachment__direction=OUT
    )
    return [message for message in rows.values_list("message", flat=True) if message is not None]


def empty(
    alias: str, partner: str, thread: str, direction: str | None, at: Instant, ground: str | None
) -> int:
    """Leave tombstones of the files of a thread, of both sides or one: no part, no digest. Return how many."""
    rows = Attachment.objects.using(alias).filter(partner=partner, thread=thread)
    rows = rows.exclude(state=AttachmentState.GONE)
    if direction is not None:
        rows = rows.filter(direction=direction)
    AttachmentPart.objects.using(alias).filter(attachment__in=rows).delete()
    return rows.update(
        state=AttachmentState.GONE, sha256=None, decision="", code=None, ground=ground, state_since=at
    )
