"""Queries on officers, roles, service accounts, drafts and read marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.instant import Instant
from comity.storage.models.people import Assignment, Draft, Officer, ReadMark, ServiceAccount


def officer_named(alias: str, name: str) -> Officer | None:
    """Return the account of that user name."""
    return Officer.objects.using(alias).filter(username=name).first()


def lock_officer(alias: str, name: str) -> Officer | None:
    """Return the account of that user name, locked to the end of the transaction."""
    return Officer.objects.using(alias).select_for_update().filter(username=name).first()


def all_officers(alias: str) -> list[Officer]:
    """Return every account with its roles, by user name."""
    return list(Officer.objects.using(alias).prefetch_related("assignments").order_by("username"))


def save_officer(alias: str, officer: Officer) -> None:
    """Insert or update an account."""
    officer.save(using=alias)


def roles_of(officer: Officer) -> frozenset[tuple[Regime, Role]]:
    """Return the roles of an officer, read from the database the officer came from."""
    return frozenset((Regime(each.regime), Role(each.role)) for each in officer.assignments.all())


def lock_administrators(alias: str) -> None:
    """Let nobody else change an account that holds the role of administrator until the transaction ends."""
    list(_administrators(alias).select_for_update().order_by("pk").values_list("pk"))


def has_open_administrator(alias: str) -> bool:
    """Say whether an account that is open holds the role of administrator, under any regime."""
    return bool(_administrators(alias).filter(is_active=True).exists())


def _administrators(alias: str) -> QuerySet[Officer]:
    held = Assignment.objects.using(alias).filter(role=Role.ADMINISTRATOR.value).values("officer_id")
    return Officer.objects.using(alias).filter(pk__in=held)


def replace_roles(alias: str, officer: Officer, roles: Iterable[tuple[Regime, Role]]) -> None:
    """Give an officer exactly these roles."""
    Assignment.objects.using(alias).filter(officer=officer).delete()
    Assignment.objects.using(alias).bulk_create(
        Assignment(officer=officer, regime=regime.value, role=role.value)
        for regime, role in sorted(set(roles))
    )


def has_second_factor(alias: str, officer: Officer) -> bool:
    """Say whether the officer has a second factor other than recovery codes."""
    own = Authenticator.objects.using(alias).filter(user_id=officer.pk)
    return bool(own.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())


def add_totp(alias: str, officer: Officer, sealed_secret: str) -> None:
    """Store a sealed TOTP secret as the officer's second factor."""
    kind = Authenticator.Type.TOTP
    Authenticator(user_id=officer.pk, type=kind, data={"secret": sealed_secret}).save(using=alias)


def totp_secret(alias: str, officer: Officer) -> str | None:
    """Return the sealed TOTP secret of an officer."""
    own = Authenticator.objects.using(alias).filter(user_id=officer.pk, type=Authenticator.Type.TOTP).first()
    return None if own is None else str(own.data["secret"])


def drop_second_factor(alias: str, officer: Officer) -> int:
    """Delete every second factor and recovery code of an officer; return how many there were."""
    return int(Authenticator.objects.using(alias).filter(user_id=officer.pk).delete()[0])


def security_keys(alias: str, officer: Officer) -> list[Authenticator]:
    """Return the security keys of an officer, the oldest first."""
    own = Authenticator.objects.using(alias).filter(user_id=officer.pk, type=Authenticator.Type.WEBAUTHN)
    return list(own.order_by("pk"))


def every_security_key(alias: str) -> list[Authenticator]:
    """Return the security keys of all officers."""
    return list(Authenticator.objects.using(alias).filter(type=Authenticator.Type.WEBAUTHN).order_by("pk"))


def add_security_key(alias: str, officer: Officer, content: Mapping[str, Any], at: Instant) -> None:
    """Store a security key: its sealed name, its public half, its counter and the host it is bound to."""
    kind = Authenticator.Type.WEBAUTHN
    Authenticator(user_id=officer.pk, type=kind, data=dict(content), created_at=at).save(using=alias)


def locked_security_key(alias: str, officer: Officer, number: int) -> Authenticator | None:
    """Return a security key of an officer, locked until the transaction ends."""
    own = Authenticator.objects.using(alias).select_for_update()
    found: Authenticator | None = own.filter(
        user_id=officer.pk, type=Authenticator.Type.WEBAUTHN, pk=number
    ).first()
    return found


def save_security_key(alias: str, key: Authenticator) -> None:
    """Update a security key."""
    key.save(using=alias)


def drop_security_key(alias: str, key: Authenticator) -> None:
    """Delete a security key."""
    key.delete(using=alias)


def account_named(alias: str, name: str) -> ServiceAccount | None:
    """Return the service account of that name."""
    return ServiceAccount.objects.using(alias).filter(name=name).first()


def account_of_digest(alias: str, digest: str) -> ServiceAccount | None:
    """Return the service account whose token has that SHA-256 digest (hex)."""
    return ServiceAccount.objects.using(alias).filter(digest=digest).first()


def all_accounts(alias: str) -> list[ServiceAccount]:
    """Return every service account, by name."""
    return list(ServiceAccount.objects.using(alias).order_by("name"))


def save_account(alias: str, account: ServiceAccount) -> None:
    """Insert or update a service account."""
    account.save(using=alias)


def draft_of(alias: str, officer: Officer, page: str) -> Mapping[str, Any] | None:
    """Return what the officer left on a page."""
    found = Draft.objects.using(alias).filter(officer=officer, page=page).first()
    return None if found is None else dict(found.content)


def keep_draft(alias: str, officer: Officer, page: str, content: Mapping[str, Any], at: Instant) -> None:
    """Store, or store anew, what the officer has written on a page."""
    values = {"content": dict(content), "saved_at": at}
    Draft.objects.using(alias).update_or_create(officer=officer, page=page, defaults=values)


def drop_draft(alias: str, officer: Officer, page: str) -> None:
    """Delete the draft of a page."""
    Draft.objects.using(alias).filter(officer=officer, page=page).delete()


def drop_drafts_before(alias: str, moment: Instant) -> int:
    """Delete drafts saved before a moment; return how many."""
    return int(Draft.objects.using(alias).filter(saved_at__lt=moment).delete()[0])


def mark_read(alias: str, officer: Officer, thread: str, at: Instant) -> None:
    """Remember that the officer has opened a thread."""
    ReadMark.objects.using(alias).update_or_create(officer=officer, thread=thread, defaults={"seen_at": at})


def read_marks(alias: str, officer: Officer, threads: Iterable[str]) -> dict[str, Instant]:
    """Return when the officer last opened each of the threads; absent when never."""
    own = ReadMark.objects.using(alias).filter(officer=officer, thread__in=list(threads))
    return {mark.thread: mark.seen_at for mark in own}
