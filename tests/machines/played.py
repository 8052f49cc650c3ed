"""How a machine is played: few and short runs by default, many and long ones under ``HYPOTHESIS_PROFILE=soak``."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

INVARIANT = "hypothesis_stateful_invariant"
"""Mark that Hypothesis leaves on an invariant."""


def play(machine: type[RuleBasedStateMachine], examples: int, steps: int) -> None:
    """Run a machine."""
    soaking = settings.get_profile("ci").max_examples < settings.default.max_examples
    times = 20 if soaking else 1
    wanted = settings(
        max_examples=examples * times,
        stateful_step_count=steps * (2 if soaking else 1),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=wanted)  # type: ignore[no-untyped-call]


class Rolled(RuleBasedStateMachine):
    """A machine on databases, of which each run leaves no trace."""

    aliases: tuple[str, ...] = ("be", "ma")

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        for alias in self.aliases:
            self._stack.enter_context(transaction.atomic(alias))

    def leave(self) -> None:
        """Take everything back."""
        for alias in self.aliases:
            transaction.set_rollback(True, using=alias)
        self._stack.close()

    def teardown(self) -> None:
        """End the run."""
        try:
            self.finish()
        finally:
            self.leave()

    def finish(self) -> None:
        """Look once more at the end of a run."""


def walk(machine: RuleBasedStateMachine, steps: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Take a machine through steps that chance seldom finds, looking at its invariants after each."""
    looks = [each for name in dir(type(machine)) if hasattr(each := getattr(machine, name), INVARIANT)]
    try:
        for name, given in steps:
            getattr(machine, name)(**given)
            for look in looks:
                look()
    finally:
        machine.teardown()  # type: ignore[no-untyped-call]
