"""Who may do what with a case, declared: roles, whose case it is, under which regime and agreement; docs/roles.md says it.

`tests/cases/test_roles.py` tries every cell over the services, `tests/api/test_roles.py` those of systems over REST. Written
by `make roles`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from comity.core.codes.marks import Role


class Situation(StrEnum):
    """Whose case it is, and what it rests on; the last three are one's own."""

    OWN = "own case"
    COLLEAGUE = "a colleague's"
    OTHER_AGREEMENT = "another agreement of the regime"
    ENDED = "the agreement has ended"
    OTHER_REGIME = "another regime"


class Stage(StrEnum):
    """How far the case is in which an act is tried."""

    OPEN = "open"
    ASKED_BACK = "asked-back"
    ANSWERED = "answered"
    CONSENTED = "consented"
    CONDITIONAL = "conditional"
    RESTRICTED = "restricted"
    TOLD = "told"
    IDENTIFYING = "identifying"


class Answer(StrEnum):
    """What becomes of an attempt."""

    DONE = "done"
    ROLE = "refused for the role"
    ENDED = "refused since the agreement has ended"
    UNKNOWN = "told like what does not exist"


OFFICER, APPROVER, HEAD, DPO = Role.OFFICER, Role.APPROVER, Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER
READERS = frozenset({OFFICER, APPROVER, HEAD, DPO})
ASKERS = frozenset({OFFICER, APPROVER, HEAD})
RESTRICTERS = frozenset({APPROVER, HEAD, DPO})
APPROVERS = frozenset({APPROVER})


@dataclass(frozen=True, slots=True)
class Row:
    """One act.

    Args:
        asker: whether it is the asking service's; else that of the service that was asked.
        may: roles that may do it in one's own case. colleague: in a colleague's; None: the same.
        ends: whether it ends with the agreement.

    The acts of an identification are tried under the regime of return, and the police is their other regime.
    """

    act: str
    stage: Stage
    asker: bool
    may: frozenset[Role]
    colleague: frozenset[Role] | None = None
    ends: bool = False

    def expected(self, situation: Situation, role: Role) -> Answer:
        """Return what is to become of an attempt."""
        if situation is Situation.OTHER_REGIME or role not in READERS:
            return Answer.UNKNOWN
        may = self.may
        if situation is Situation.COLLEAGUE and self.colleague is not None:
            may = self.colleague
        if role not in may:
            return Answer.ROLE
        return Answer.ENDED if self.ends and situation is Situation.ENDED else Answer.DONE


ROWS = (
    Row("read it", Stage.OPEN, False, READERS),
    Row("see it in the list", Stage.OPEN, False, READERS),
    Row("take it", Stage.OPEN, False, READERS, frozenset({HEAD})),
    Row("give it to somebody", Stage.OPEN, False, frozenset({HEAD})),
    Row("hand it over with a note", Stage.OPEN, False, READERS, frozenset({HEAD})),
    Row("note another channel", Stage.OPEN, False, READERS),
    Row("file it under a case of our own", Stage.OPEN, False, READERS),
    Row("file information under a case of our own", Stage.TOLD, True, READERS),
    Row("ask what is meant", Stage.OPEN, False, ASKERS),
    Row("answer it", Stage.OPEN, False, APPROVERS),
    Row("answer that nothing was found", Stage.OPEN, False, APPROVERS),
    Row("refuse it", Stage.OPEN, False, APPROVERS),
    Row("take more time", Stage.OPEN, False, frozenset({APPROVER, HEAD})),
    Row("say why it is late", Stage.OPEN, False, frozenset({APPROVER, HEAD})),
    Row("correct what was answered", Stage.ANSWERED, False, APPROVERS),
    Row("restrict what was answered", Stage.ANSWERED, False, RESTRICTERS),
    Row("give it free again", Stage.RESTRICTED, False, frozenset({HEAD, DPO})),
    Row("recall what was answered", Stage.ANSWERED, False, RESTRICTERS),
    Row("decide on consent", Stage.ANSWERED, False, APPROVERS, ends=True),
    Row("withdraw consent", Stage.CONSENTED, False, RESTRICTERS),
    Row("clarify our request", Stage.ASKED_BACK, True, ASKERS),
    Row("recall our request", Stage.OPEN, True, READERS),
    Row("acknowledge conditions", Stage.CONDITIONAL, True, READERS),
    Row("restrict what we received", Stage.ANSWERED, True, frozenset({HEAD, DPO})),
    Row("ask for consent", Stage.ANSWERED, True, ASKERS, ends=True),
    Row("use it for its purpose", Stage.ANSWERED, True, ASKERS),
    Row("use it for a purpose consented to", Stage.CONSENTED, True, ASKERS),
    Row("pass it on with consent", Stage.CONSENTED, True, APPROVERS),
    Row("pass it on in an emergency", Stage.ANSWERED, True, APPROVERS),
    Row("give it to a court", Stage.CONSENTED, True, APPROVERS),
    Row("give free what we received", Stage.ANSWERED, True, frozenset({HEAD, DPO})),
    Row("write our question anew", Stage.ASKED_BACK, False, READERS),
    Row("end our case without a conviction", Stage.OPEN, True, RESTRICTERS),
    Row("take note of a notice", Stage.RESTRICTED, True, READERS),
    Row("file information away", Stage.TOLD, True, READERS),
    Row("read a request for identification", Stage.IDENTIFYING, False, READERS),
    Row("take one of its files", Stage.IDENTIFYING, False, READERS),
    Row("answer it with a result", Stage.IDENTIFYING, False, APPROVERS),
    Row("answer that more is needed", Stage.IDENTIFYING, False, APPROVERS),
    Row("send further files for it", Stage.IDENTIFYING, True, ASKERS, ends=True),
    Row("recall it", Stage.IDENTIFYING, True, READERS),
)
"""Every act in a case that the rights of persons decide on."""


@dataclass(frozen=True, slots=True)
class SystemRow:
    """One operation of a national system: its scope, whether it names a case, whether it ends with the agreement."""

    operation: str
    scope: str
    named: bool
    ends: bool = False


SYSTEMS = (
    SystemRow("GET /cases", "read-cases", False),
    SystemRow("GET /cases/{thread}", "read-cases", True),
    SystemRow("POST /cases", "request", False, True),
    SystemRow("POST /cases/{thread}/clarification-request", "request", True),
    SystemRow("POST /cases/{thread}/filing", "request", True),
    SystemRow("POST /information", "request", False, True),
    SystemRow("GET /outstanding", "read-cases", False),
    SystemRow("GET /reminders", "read-cases", False),
    SystemRow("GET /not-sent", "request", False),
)
"""What a system may do with cases."""

PERSONS_ONLY = (
    "POST /cases/{thread}/answer",
    "POST /cases/{thread}/refuse",
    "POST /cases/{thread}/recall",
    "POST /cases/{thread}/acknowledge",
    "GET /cases/{thread}/files/1",
)
"""What no system may do, whatever its scopes."""

LETTERS = {OFFICER: "officer", APPROVER: "approver", HEAD: "head", DPO: "protection"}


def cell(row: Row, situation: Situation) -> str:
    """Return who may do an act in a situation, in words."""
    may = [words for role, words in LETTERS.items() if row.expected(situation, role) is Answer.DONE]
    return ", ".join(may) or "nobody"


def table() -> str:
    """Return docs/roles.md."""
    lines = [
        "# Who may do what with a case",
        "",
        "Written by `make roles` from `tests/roles.py`; a test fails when it is not so, and two more try every cell:",
        "`tests/cases/test_roles.py` over the services, `tests/api/test_roles.py` over REST. Nothing is left out of the",
        "columns: whoever is not named is refused; who does not read cases of the regime (administrator, auditor, anybody of",
        "another regime) is told that there is no such case ([ADR 33](adr/0033-told-like-what-does-not-exist.md)).",
        "",
        "*officer*, *approver*, *head* (of desk), *protection* (data-protection officer). Who holds a case decides only who may",
        "give it away: the law knows roles, and a case must not wait for one person.",
        "",
        f"| act | service | {' | '.join(Situation)} |",
        f"|---|---|{'---|' * len(Situation)}",
    ]
    for row in ROWS:
        cells = " | ".join(cell(row, situation) for situation in Situation)
        lines.append(f"| {row.act} | {'asks' if row.asker else 'was asked'} | {cells} |")
    lines += [
        "",
        "## Systems over REST",
        "",
        "A service account works under one regime, and what its scopes name. A case of another regime is 404.",
        "",
        "| operation | scope | after the end of the agreement |",
        "|---|---|---|",
    ]
    lines += [f"| `{each.operation}` | `{each.scope}` | {'no' if each.ends else 'yes'} |" for each in SYSTEMS]
    lines += ["", "Persons only, whatever the scopes (`service-account.release`):", ""]
    lines += [f"- `{each}`" for each in PERSONS_ONLY]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
