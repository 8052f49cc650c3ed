"""``comity exchange``: how messages stand: queues, unacknowledged, disputed, one message, missing after a restore."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.home import HomeOption, JsonOption, opened
from comity.cli.show import emit
from comity.core.codes.exchange import Regime
from comity.core.instant import Instant, write_instant
from comity.errors import InputError

if TYPE_CHECKING:
    from comity.core.envelope.shown import Acknowledged
    from comity.services.exchange.back.own import TakenUp
    from comity.services.exchange.fetch import Fetched
    from comity.services.exchange.kept import KeptSum
    from comity.services.exchange.missing import RecoveryView
    from comity.services.exchange.status import LaneStatus, StatusView

app = typer.Typer(
    no_args_is_help=True,
    help="Messages: status of the queues, of one message; what is missing after a restore.",
)


@app.command()
def status(home: HomeOption, as_json: JsonOption = False) -> None:
    """Show each queue and why it waits, and the messages that are unacknowledged or disputed."""
    node = opened(home)
    from comity.services.exchange import status as exchange
    from comity.services.exchange.kept import kept_sums
    from comity.services.exchange.missing import recoveries

    lanes, late, disputed = exchange.lanes(node), exchange.unacknowledged(node), exchange.disputed(node)
    counts, kept, recovering = exchange.counts(node), kept_sums(node), recoveries(node)
    value = {
        "messages": counts,
        "queues": [_lane(lane) for lane in lanes],
        "unacknowledged": [_message(one) for one in late],
        "disputed": [_message(one) for one in disputed],
        "kept": [_kept(one) for one in kept],
        "missing": [_recovery(one) for one in recovering],
    }
    lines = [f"{name}: {count}" for name, count in sorted(counts.items())]
    lines += [_lane_line(lane) for lane in lanes]
    lines += [f"unacknowledged: {_line(one)}" for one in late]
    lines += [f"disputed: {_line(one)}" for one in disputed]
    lines += [
        f"kept for {one.partner}: {one.parts} parts, {one.octets} bytes, since {write_instant(one.oldest_at)}"
        for one in kept
    ]
    lines += [_recovery_line(one) for one in recovering if one.asked_at is None or one.missing]
    emit(value, lines or ["no message yet"], as_json)


@app.command()
def message(
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="Identifier of a message that this node sent.")
    ],
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Show how one message stands, without what it says."""
    node = opened(home)
    from comity.services.exchange.status import status as of_message

    found = of_message(node, identifier)
    if found is None:
        raise InputError("message.unknown")
    emit(_message(found), [_line(found)], as_json)


@app.command()
def missing(
    who: Annotated[str, typer.Argument(metavar="PARTNER", help="Service identifier, or country code.")],
    home: HomeOption,
    since: Annotated[
        datetime,
        typer.Option(help="When the backup was made, in UTC.", formats=["%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%d"]),
    ],
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Fetch them again, as far as the partner kept them.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """After a restore: name, or fetch, the messages that this node acknowledged to a partner and no longer holds."""
    node = opened(home)
    from comity.cli.home import channels
    from comity.services.exchange.fetch import fetch_missing
    from comity.services.exchange.missing import find_missing, note_missing
    from comity.services.partners.add import common_regimes
    from comity.services.partners.directory import find_partner, partner

    service, ways, backup = find_partner(node, who), channels(node), since.replace(tzinfo=UTC)
    lines: list[str] = []
    value: dict[str, Any] = {"messages": [], "batches": 0, "unproven": 0}
    value |= (
        {
            "fetched": [],
            "gone": [],
            "refused": [],
            "sent": {"entered": [], "named": [], "gone": [], "refused": [], "unproven": 0},
        }
        if fetch
        else {}
    )
    for regime in common_regimes(node, partner(node, service).card):
        if fetch:
            fetched = fetch_missing(node, ways, service, Regime(regime), backup)
            lines += _tell_fetched(fetched, value)
            found = fetched.left
        else:
            found = find_missing(node, ways, service, Regime(regime), backup)
            note_missing(node, service, Regime(regime), backup, found)
        value["messages"] += [_acknowledged(one) for one in found.messages]
        value["batches"] += found.batches
        value["unproven"] += found.unproven
        lines += [
            f"{one.header.id} {one.header.kind} ({regime}), acknowledged {write_instant(one.received_at)}"
            for one in found.messages
        ]
    lines.append(f"{len(value['messages'])} missing; receipts of {value['batches']} batches were shown")
    if value["unproven"]:
        lines.append(f"{value['unproven']} batches bear no receipt of this node's keys and count for nothing")
    if value["messages"]:
        again = "" if fetch else "Fetch them with --fetch; what does not come, "
        lines.append(f"{again or 'What is missing still, '}ask {service} to send again, as new messages.")
    emit(value, lines, as_json)


def _tell_fetched(found: Fetched, value: dict[str, Any]) -> list[str]:
    """Add what came of fetching to the value, and return its lines."""
    value["fetched"] += [_acknowledged(one) for one in found.taken]
    value["gone"] += [{**_acknowledged(one), "why": why.value} for one, why in found.gone]
    value["refused"] += [{**_acknowledged(one), "code": code} for one, code in found.refused]
    return [
        *_tell_sent(found.sent, value["sent"]),
        *(f"{one.header.id} {one.header.kind}: fetched" for one in found.taken),
        *(f"{one.header.id} {one.header.kind}: gone ({why.value})" for one, why in found.gone),
        *(f"{one.header.id} {one.header.kind}: refused ({code})" for one, code in found.refused),
    ]


def _tell_sent(sent: TakenUp, value: dict[str, Any]) -> list[str]:
    """Add what this node had sent itself to the value, and return its lines."""
    value["entered"] += [_acknowledged(one) for one in sent.entered]
    value["named"] += [_acknowledged(one) for one in sent.named]
    value["gone"] += sent.gone
    value["refused"] += [{"message": message, "code": code} for message, code in sent.refused]
    value["unproven"] += len(sent.unproven)
    told = "sent by this node and accepted there"
    return [
        *(f"{one.header.id} {one.header.kind}: {told}; entered again" for one in sent.entered),
        *(
            f"{one.header.id} {one.header.kind}: {told}; not entered, do not send it again"
            for one in sent.named
        ),
        *(f"{message}: {told}, the partner says; its words are gone" for message in sent.gone),
        *(f"{message}: not entered ({code})" for message, code in sent.refused),
        *([f"{len(sent.unproven)} batches bear no receipt of the partner"] if sent.unproven else []),
    ]


def _kept(one: KeptSum) -> dict[str, Any]:
    return {
        "partner": one.partner,
        "parts": one.parts,
        "bytes": one.octets,
        "oldest_at": write_instant(one.oldest_at),
    }


def _recovery(one: RecoveryView) -> dict[str, Any]:
    return {
        "partner": one.partner,
        "regime": one.regime,
        "since": write_instant(one.since),
        "asked_at": _instant(one.asked_at),
        "missing": one.missing,
    }


def _recovery_line(one: RecoveryView) -> str:
    told = "not asked yet what is missing" if one.asked_at is None else f"{one.missing} messages missing"
    return f"{one.partner} ({one.regime}), since the backup of {write_instant(one.since)}: {told}"


def _acknowledged(one: Acknowledged) -> dict[str, Any]:
    header = one.header
    return {
        "id": header.id,
        "regime": header.regime.value,
        "kind": header.kind,
        "act": header.act.value,
        "thread": header.thread or header.id,
        "sent_at": write_instant(header.sent_at),
        "received_at": write_instant(one.received_at),
    }


def _lane(lane: LaneStatus) -> dict[str, Any]:
    return {
        "partner": lane.partner,
        "regime": lane.regime,
        "waiting": lane.waiting,
        "oldest_at": _instant(lane.oldest_at),
        "failures": lane.failures,
        "code": lane.last_code,
        "next_attempt": _instant(lane.next_attempt) if lane.waiting else None,
    }


def _lane_line(lane: LaneStatus) -> str:
    line = f"to {lane.partner} ({lane.regime}): {lane.waiting} waiting"
    if lane.waiting and lane.oldest_at is not None:
        line += f" since {write_instant(lane.oldest_at)}"
    if lane.failures:
        line += (
            f", {lane.failures} failed attempts ({lane.last_code}), next {write_instant(lane.next_attempt)}"
        )
    return line


def _message(one: StatusView) -> dict[str, Any]:
    return {
        "id": one.id,
        "partner": one.partner,
        "regime": one.regime,
        "kind": one.kind,
        "act": one.act,
        "clause": one.clause,
        "thread": one.thread,
        "sent_at": _instant(one.sent_at),
        "received_at": _instant(one.received_at),
        "standing": one.standing.value,
        "code": one.code,
    }


def _line(one: StatusView) -> str:
    code = "" if one.code is None else f" ({one.code})"
    return (
        f"{one.id} {one.act} to {one.partner}, sent {write_instant(one.sent_at)}: {one.standing.value}{code}"
    )


def _instant(moment: Instant | None) -> str | None:
    return None if moment is None else write_instant(moment)
