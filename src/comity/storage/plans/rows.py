"""Queries on action plans, their signatures and entries."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from comity.core.cases.messages import ERASE, RECALL
from comity.core.instant import Instant
from comity.storage.models.exchange import Direction, ExchangedMessage, MessageState
from comity.storage.models.plans import PlanEntry, PlanSignature, StoredPlan


def plan_row(alias: str, plan: str) -> StoredPlan | None:
    """Return the plan of that hash."""
    return StoredPlan.objects.using(alias).filter(hash=plan).first()


def plan_rows(alias: str) -> list[StoredPlan]:
    """Return all plans, newest first."""
    return list(StoredPlan.objects.using(alias).order_by("-id"))


def named_plans(alias: str, text: str) -> list[StoredPlan]:
    """Return plans whose code is the text, in any case, or whose hash begins with it; newest first."""
    wanted = Q(code__iexact=text)
    if len(text) >= 6:
        wanted |= Q(hash__startswith=text.lower())
    return list(StoredPlan.objects.using(alias).filter(wanted).order_by("-id"))


def successor_rows(alias: str, plan: str) -> list[StoredPlan]:
    """Return the plans that name this one as their predecessor."""
    return list(StoredPlan.objects.using(alias).filter(predecessor=plan).order_by("id"))


def unsigned_count(alias: str, partner: str, service: str) -> int:
    """Return how many plans with a partner carry no signature of ours."""
    ours = PlanSignature.objects.using(alias).filter(party=service).values("plan")
    return int(StoredPlan.objects.using(alias).filter(partner=partner).exclude(hash__in=ours).count())


def add_plan(alias: str, row: StoredPlan) -> bool:
    """Store a plan; False when its hash is already there."""
    if plan_row(alias, row.hash) is not None:
        return False
    StoredPlan.objects.using(alias).bulk_create([row], ignore_conflicts=True)
    return True


def signatures(alias: str, plan: str) -> list[PlanSignature]:
    """Return the signatures of a plan."""
    return list(PlanSignature.objects.using(alias).filter(plan=plan).order_by("id"))


def add_signature(alias: str, row: PlanSignature) -> bool:
    """Store a verified signature; False when this party had already signed."""
    if PlanSignature.objects.using(alias).filter(plan=row.plan, party=row.party).exists():
        return False
    row.save(using=alias, force_insert=True)
    return True


def add_entry(alias: str, row: PlanEntry) -> None:
    """Insert an entry."""
    row.save(using=alias, force_insert=True)


def entries(alias: str, plan: str) -> list[PlanEntry]:
    """Return the entries of a plan that were not rejected, in the order of their signed times."""
    rows = PlanEntry.objects.using(alias).filter(plan=plan, rejected__isnull=True)
    return list(rows.order_by("sent_at", "message"))


def entry_count(alias: str, plan: str, by: str) -> int:
    """Return how many entries a party has made on a plan."""
    return int(PlanEntry.objects.using(alias).filter(plan=plan, by=by).count())


def settle_entry(alias: str, message: str, by: str, received_at: Instant | None, code: str | None) -> None:
    """Write down what became of an entry of ours."""
    rows = PlanEntry.objects.using(alias).filter(message=message, by=by)
    rows.update(received_at=None if code else received_at, rejected=code)


def recalls_in(alias: str, threads: Collection[str]) -> dict[str, list[Instant]]:
    """Return when recalls of what was said in threads were received, either way."""
    found: dict[str, list[Instant]] = {}
    rows = ExchangedMessage.objects.using(alias).filter(thread__in=list(threads), kind__in=(RECALL, ERASE))
    taken = Q(direction=Direction.IN) | Q(state=MessageState.DELIVERED)
    for thread, at in rows.filter(taken, received_at__isnull=False).values_list("thread", "received_at"):
        if at is not None:
            found.setdefault(str(thread), []).append(at)
    return found
