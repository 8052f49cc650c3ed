"""``comity exchange``: how messages stand: queues, unacknowledged, disputed, one message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.home import HomeOption, JsonOption, opened
from comity.cli.show import emit
from comity.core.instant import Instant, write_instant
from comity.errors import InputError

if TYPE_CHECKING:
    from comity.services.exchange.status import LaneStatus, StatusView

app = typer.Typer(no_args_is_help=True, help="Messages: status of the queues, of one message.")


@app.command()
def status(home: HomeOption, as_json: JsonOption = False) -> None:
    """Show each queue and why it waits, and the messages that are unacknowledged or disputed."""
    node = opened(home)
    from comity.services.exchange import status as exchange

    lanes, late, disputed = exchange.lanes(node), exchange.unacknowledged(node), exchange.disputed(node)
    counts = exchange.counts(node)
    value = {
        "messages": counts,
        "queues": [_lane(lane) for lane in lanes],
        "unacknowledged": [_message(one) for one in late],
        "disputed": [_message(one) for one in disputed],
    }
    lines = [f"{name}: {count}" for name, count in sorted(counts.items())]
    lines += [_lane_line(lane) for lane in lanes]
    lines += [f"unacknowledged: {_line(one)}" for one in late]
    lines += [f"disputed: {_line(one)}" for one in disputed]
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
