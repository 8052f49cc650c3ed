"""The journals of the processes: JSON lines on standard error, which `comity run` keeps in the home's `log`.

What is written is a sentence of ours and named values from a short list; never a name, a body, an address of a person
or a query. The standard library's loggers of our own packages and of Django go the same way.
"""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

ALLOWED = frozenset(
    {
        "event",
        "level",
        "logger",
        "timestamp",
        "process",
        "pid",
        "code",
        "exit",
        "child",
        "task",
        "seconds",
        "count",
    }
    | {"partner", "regime", "message", "key"}
)
"""Names of values that may be written. `message` is an identifier."""


def log_json(process: str) -> None:
    """Write this process's log as JSON lines to standard error.

    Args:
        process: its name in each line.
    """

    def named(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.ExtraAdder(ALLOWED),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        named,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            allow_listed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("comity").setLevel(logging.INFO)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def allow_listed(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Drop every value whose name is not on the list; tracebacks are cut to the exception's name."""
    failure = event.get("exc_info")
    kept = {name: value for name, value in event.items() if name in ALLOWED}
    if isinstance(failure, tuple) and failure[0] is not None:
        kept["code"] = failure[0].__name__
    return kept
