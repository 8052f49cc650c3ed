"""Queries on notices: those that we owe and chase, those that came and wait to be read."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q

from comity.core.instant import Instant
from comity.storage.models.exchange import Direction, ExchangedMessage, MessageState
from comity.storage.models.protection import Notice

OUT, IN = Direction.OUT.value, Direction.IN.value
OVERTAKEN = "protection.overtaken"


def add_notice(alias: str, row: Notice) -> None:
    """Insert a notice."""
    row.save(using=alias, force_insert=True)


def change_notice(alias: str, row: Notice, **values: Any) -> None:
    """Change columns of a notice."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save(using=alias, update_fields=list(values))


def carried_by(alias: str, message: str) -> Notice | None:
    """Return the notice that a message of ours carries."""
    return Notice.objects.using(alias).filter(direction=OUT, message=message).first()


def notice(alias: str, pk: int) -> Notice | None:
    """Return one notice."""
    return Notice.objects.using(alias).filter(pk=pk).first()


def locked(alias: str, pk: int) -> Notice | None:
    """Return one notice as it is now; nobody else changes it until the running transaction ends."""
    return Notice.objects.using(alias).select_for_update().filter(pk=pk).first()


def unsettled(alias: str, regimes: Collection[str], limit: int = 500) -> list[Notice]:
    """Return notices that are not settled, oldest first: owed by us and not receipted, or received and not read."""
    rows = Notice.objects.using(alias).defer("content").filter(settled_at=None, regime__in=list(regimes))
    return list(rows.order_by("opened_at", "id")[:limit])


def of_thread(alias: str, partner: str, thread: str) -> list[Notice]:
    """Return the notices of a thread, oldest first."""
    rows = Notice.objects.using(alias).defer("content").filter(partner=partner, thread=thread)
    return list(rows.order_by("id"))


def open_for(alias: str, partner: str, thread: str, target: str | None, act: str) -> Notice | None:
    """Return a notice of the same act on the same words that is still owed."""
    rows = Notice.objects.using(alias).filter(direction=OUT, settled_at=None, act=act)
    return rows.filter(partner=partner, thread=thread, target=target).first()


def whole_thread(alias: str, partner: str, thread: str, acts: Collection[str]) -> list[Notice]:
    """Return what was owed of these acts on all that we said in a thread and was not overtaken, oldest first."""
    rows = Notice.objects.using(alias).defer("content").filter(direction=OUT, target=None, act__in=list(acts))
    return list(rows.filter(partner=partner, thread=thread).exclude(code=OVERTAKEN).order_by("id"))


def is_under_way(alias: str, row: Notice) -> bool:
    """Whether the message that carries a notice waits to be sent or to be acknowledged."""
    rows = ExchangedMessage.objects.using(alias).filter(direction=OUT, state=MessageState.QUEUED)
    return row.message is not None and rows.filter(message=row.message).exists()


def overtake(
    alias: str, partner: str, thread: str, target: str | None, acts: Collection[str], at: Instant
) -> int:
    """Settle owed notices that a later one makes pointless; return how many. A target of None means the thread."""
    rows = Notice.objects.using(alias).filter(
        direction=OUT, settled_at=None, partner=partner, thread=thread, act__in=list(acts)
    )
    if target is not None:
        rows = rows.filter(target=target)
    return rows.update(settled_at=at, next_at=None, content=None, code=OVERTAKEN)


def carriers(alias: str, partner: str, thread: str, target: str | None, act: str) -> list[str]:
    """Return the messages that carry owed notices of an act on a message, or on all of the thread."""
    rows = Notice.objects.using(alias).filter(
        direction=OUT, settled_at=None, partner=partner, thread=thread, act=act, message__isnull=False
    )
    if target is not None:
        rows = rows.filter(target=target)
    return [str(each) for each in rows.order_by("id").values_list("message", flat=True)]


def ever_owed(
    alias: str, partner: str, thread: str, target: str | None, act: str, since: Instant | None = None
) -> bool:
    """Tell whether a notice of an act on the same words was owed, since an instant, whatever became of it."""
    rows = Notice.objects.using(alias).filter(direction=OUT, partner=partner, thread=thread, act=act)
    if since is not None:
        rows = rows.filter(opened_at__gte=since)
    return rows.filter(target=target).exists()


def owed_for(alias: str, partner: str, thread: str, message: str) -> list[Notice]:
    """Return the notices that are owed on one message, or on all that we said in its thread."""
    rows = Notice.objects.using(alias).filter(direction=OUT, settled_at=None, partner=partner, thread=thread)
    return list(rows.filter(Q(target=None) | Q(target=message)).order_by("id"))


def forget_told(alias: str, partner: str, thread: str) -> int:
    """Empty what received notices of a thread say in words; return how many. No recall does that, only retention."""
    rows = Notice.objects.using(alias).filter(direction=IN, partner=partner, thread=thread)
    return rows.filter(content__isnull=False).update(content=None)


def to_chase(alias: str, now: Instant, limit: int) -> list[Notice]:
    """Return owed notices that no message under way carries and whose next attempt is due."""
    waiting = ExchangedMessage.objects.using(alias).filter(
        direction=OUT, state=MessageState.QUEUED, kind__in=KINDS
    )
    rows = Notice.objects.using(alias).filter(direction=OUT, settled_at=None, next_at__lte=now)
    under_way = Q(message__isnull=False, message__in=waiting.values("message"))
    return list(rows.exclude(under_way).order_by("next_at", "id")[:limit])


KINDS = ("recall", "erase", "rectification", "restriction", "restriction-lifted", "override-notice")
"""Kinds of messages that carry notices."""
