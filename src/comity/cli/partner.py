"""``comity partner``: the services this node works with, and this node's own card."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.show import emit, table
from comity.core.codes.exchange import Regime
from comity.core.faults import named
from comity.core.identity.card import MAX_CARD_BYTES, Card
from comity.core.identity.fingerprint import fingerprint
from comity.core.instant import write_instant
from comity.errors import DeliveryError, InputError

if TYPE_CHECKING:
    from comity.services.context import Actor, Node
    from comity.services.partners.directory import PartnerView

app = typer.Typer(no_args_is_help=True, help="Partners, their cards and keys.")

_TELL = (
    "Its administrator has to confirm your new fingerprint; until then it believes the old keys. Tell it now."
)

Who = Annotated[str, typer.Argument(help="Service identifier, or country code.")]


@app.command()
def add(
    home: HomeOption,
    card: Annotated[str, typer.Argument(help="File or URL of the partner's card.")],
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a partner by its card; it stays pending until its fingerprint is confirmed."""
    node = opened(home)
    from comity.services.partners.add import add_partner, fetch_card

    try:
        octets = fetch_card(node.config, card) if "://" in card else _read(Path(card))
    except DeliveryError as error:
        if not error.retryable:
            raise
        # Nothing waits here that the node would try again.
        raise DeliveryError("partner.card-unreachable", retryable=True, reason=error.code) from error
    _show(add_partner(node, octets, acting(node, officer)), as_json)


@app.command()
def confirm(
    home: HomeOption,
    who: Who,
    words: Annotated[
        str, typer.Option("--fingerprint", help="The twelve words, as the partner reads them to you.")
    ],
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Confirm a partner's card after comparing its fingerprint over another way, by telephone or in person."""
    node = opened(home)
    from comity.services.partners.add import confirm_partner
    from comity.services.partners.directory import find_partner

    _show(confirm_partner(node, find_partner(node, who), words, acting(node, officer)), as_json)


@app.command(name="list")
def list_partners(home: HomeOption, as_json: JsonOption = False) -> None:
    """List all partners."""
    node = opened(home)
    from comity.services.partners.directory import all_partners

    views = all_partners(node)
    rows = [(view.service, view.state.value, view.name) for view in views]
    lines = table(("service", "state", "name"), rows, none="No partner yet.")
    emit([_document(view) for view in views], lines, as_json)


@app.command()
def show(home: HomeOption, who: Who, as_json: JsonOption = False) -> None:
    """Show a partner, its state, its fingerprint and when its keys end."""
    node = opened(home)
    from comity.services.partners.directory import find_partner, partner

    _show(partner(node, find_partner(node, who)), as_json)


@app.command()
def suspend(home: HomeOption, who: Who, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """Stop working with a partner at once; recalls, erasures and receipts still flow."""
    node, actor = _open(home, officer)
    from comity.services.partners.directory import find_partner
    from comity.services.partners.stop import suspend_partner

    _show(suspend_partner(node, find_partner(node, who), actor), as_json)


@app.command()
def resume(home: HomeOption, who: Who, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """Work with a suspended partner again."""
    node, actor = _open(home, officer)
    from comity.services.partners.directory import find_partner
    from comity.services.partners.stop import resume_partner

    _show(resume_partner(node, find_partner(node, who), actor), as_json)


@app.command()
def revoke(home: HomeOption, who: Who, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """Stop working with a partner for good; only adding and confirming its card anew ends it."""
    node, actor = _open(home, officer)
    from comity.services.partners.directory import find_partner
    from comity.services.partners.stop import revoke_partner

    _show(revoke_partner(node, find_partner(node, who), actor), as_json)


@app.command()
def refresh(home: HomeOption, who: Who, as_json: JsonOption = False) -> None:
    """Read a confirmed partner's card again, over the pinned way."""
    node, actor = _open(home, None)
    from comity.cli.home import channels
    from comity.services.partners.directory import find_partner, partner
    from comity.services.partners.refresh import refresh_card

    service = find_partner(node, who)
    refresh_card(node, channels(node), service, actor)
    _show(partner(node, service), as_json)


@app.command()
def card(
    home: HomeOption,
    out: Annotated[
        Path | None, typer.Option(help="Write the card to this file, to be given to a partner.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show this node's own card and the words of its fingerprint."""
    node = opened(home)
    from comity.services.partners.own_card import own_card, own_card_octets

    mine = own_card(node)
    if out is not None:
        try:
            out.write_bytes(own_card_octets(node))
        except OSError:
            raise InputError("file.write", file=out.name) from None
    value = {**_card(mine), "file": None if out is None else str(out)}
    lines = [
        f"{mine.service}  {mine.name}  card {mine.sequence}",
        f"Fingerprint: {' '.join(fingerprint(mine))}",
    ]
    emit(value, lines + ([f"Card written to {out}."] if out else []), as_json)


@app.command(name="rotate-keys")
def rotate_keys(
    home: HomeOption,
    regime: Annotated[str, typer.Option(help="Whose keys: police, return-identification, intelligence.")],
    overlap_days: Annotated[int, typer.Option(min=1, max=90, help="How long the old keys still count.")] = 14,
    finish: Annotated[
        bool, typer.Option("--finish", help="End the overlap now and destroy the old keys.")
    ] = False,
    leave_behind: Annotated[
        list[str] | None,
        typer.Option(
            help="With --finish: a partner that has not acknowledged the new keys and need not; may be repeated.",
        ),
    ] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make new keys for a regime beside the old ones and tell all partners; or end the overlap."""
    node, actor = _open(home, officer)
    from comity.cli.running.init import read_regimes
    from comity.services.partners.directory import find_partner
    from comity.services.partners.rotate import begin_rotation, finish_rotation, unaware

    found = read_regimes(regime)
    if len(found) != 1:
        raise InputError("init.regimes", allowed=named(Regime))
    chosen = found[0]
    if leave_behind and not finish:
        raise InputError("keys.leave-behind")
    behind = unaware(node) if finish else []
    if finish:
        named_behind = [find_partner(node, each) for each in leave_behind or ()]
        mine = finish_rotation(node, chosen, actor, leave_behind=named_behind)
    else:
        mine = begin_rotation(node, chosen, actor, overlap=timedelta(days=overlap_days))
    lines = [f"Card {mine.sequence} issued; partners are being told."]
    lines += [f"{one} had not acknowledged the new keys. {_TELL}" for one in behind]
    emit({**_card(mine), "unaware": behind}, lines, as_json)


@app.command(name="renew-certificate")
def renew_certificate(home: HomeOption, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """Make a new certificate for the way between nodes; partners find it by themselves within a minute."""
    node, actor = _open(home, officer)
    from comity.services.partners.certificate import renew_certificate as renew

    mine = renew(node, actor)
    emit(_card(mine), [f"Card {mine.sequence} issued; it names the new certificate."], as_json)


def _open(home: Path, officer: str | None) -> tuple[Node, Actor]:
    node = opened(home)
    return node, acting(node, officer)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_CARD_BYTES + 1)
    except OSError:
        raise InputError("file.read", file=path.name) from None


def _show(view: PartnerView, as_json: bool) -> None:
    words = " ".join(fingerprint(view.offered or view.card))
    lines = [f"{view.service}  {view.name}  {view.state.value}  {view.endpoint}", f"Fingerprint: {words}"]
    if view.offered is not None or view.confirmed_at is None:
        lines.append(
            "Compare these words with the partner by telephone or in person, then: comity partner confirm"
        )
    for name, keys in view.card.regimes.items():
        lines += [f"{name}: signing key {key.kid} until {key.not_after}" for key in keys.sign]
    emit(_document(view), lines, as_json)


def _document(view: PartnerView) -> dict[str, Any]:
    return {
        **_card(view.card),
        "state": view.state.value,
        "fingerprint": fingerprint(view.offered or view.card),
        "waits_for_confirmation": view.offered is not None or view.confirmed_at is None,
        "confirmed_at": None if view.confirmed_at is None else write_instant(view.confirmed_at),
    }


def _card(card: Card) -> dict[str, Any]:
    return {
        "service": card.service,
        "name": card.name,
        "country": card.country,
        "endpoint": card.endpoint,
        "demo": card.demo,
        "sequence": card.sequence,
        "fingerprint": fingerprint(card),
        "regimes": {
            name: [
                {"kid": key.kid, "not_before": key.not_before, "not_after": key.not_after}
                for key in keys.sign
            ]
            for name, keys in card.regimes.items()
        },
    }
