"""`comity user`: accounts of officers and of the systems that use the REST interface."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from comity.cli.home import HomeOption, JsonOption, opened, operator
from comity.cli.show import emit, table
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role

app = typer.Typer(
    no_args_is_help=True, help="Officers, their roles and second factors, and service accounts."
)
systems = typer.Typer(no_args_is_help=True, help="Accounts of systems that use the REST interface.")
app.add_typer(systems, name="service-account")

NameArgument = Annotated[str, typer.Argument(metavar="NAME")]
_ROLE_HELP = f"regime:role, may be repeated. Regimes: {', '.join(Regime)}. Roles: {', '.join(Role)}."
_SCOPE_HELP = (
    "What it may do, may be repeated: probe, request, read-cases, read-register, search-register, "
    "read-agreements, read-evidence, read-metrics, oversee."
)
RoleOption = Annotated[list[str], typer.Option("--role", help=_ROLE_HELP)]


def _password() -> str:
    """Ask twice at a terminal, or read one line of standard input; never from the command line."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


@app.command()
def add(
    name: NameArgument,
    home: HomeOption,
    role: RoleOption,
    language: Annotated[str, typer.Option(help="en, fr, nl or ar.")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Enrol an officer; the password is asked for, or read from standard input."""
    node = opened(home)
    from comity.services.people import accounts

    enrolment = accounts.Enrolment(name, _password(), accounts.parse_roles(node, role), language)
    accounts.enrol(node, operator(), enrolment)
    emit({"name": name}, [f"{name} is enrolled and sets up a second factor at the first sign-in."], as_json)


@app.command()
def roles(name: NameArgument, home: HomeOption, role: RoleOption, as_json: JsonOption = False) -> None:
    """Give an officer exactly these roles."""
    node = opened(home)
    from comity.services.people import accounts

    accounts.give_roles(node, operator(), name, accounts.parse_roles(node, role))
    emit({"name": name, "roles": sorted(role)}, [f"{name} now has: {', '.join(sorted(role))}."], as_json)


@app.command()
def disable(name: NameArgument, home: HomeOption, as_json: JsonOption = False) -> None:
    """Close an account; open sessions end at their next request."""
    node = opened(home)
    from comity.services.people import accounts

    accounts.disable(node, operator(), name)
    emit({"name": name, "active": False}, [f"{name} is closed."], as_json)


@app.command()
def enable(name: NameArgument, home: HomeOption, as_json: JsonOption = False) -> None:
    """Open a closed account again."""
    node = opened(home)
    from comity.services.people import accounts

    accounts.enable(node, operator(), name)
    emit({"name": name, "active": True}, [f"{name} is open."], as_json)


@app.command("reset-second-factor")
def reset_second_factor(name: NameArgument, home: HomeOption, as_json: JsonOption = False) -> None:
    """Delete an officer's second factor; the next sign-in sets up a new one."""
    node = opened(home)
    from comity.services.people import accounts

    accounts.reset_second_factor(node, operator(), name)
    emit({"name": name}, [f"{name} sets up a new second factor at the next sign-in."], as_json)


@app.command()
def password(name: NameArgument, home: HomeOption, as_json: JsonOption = False) -> None:
    """Set a new password, asked for or read from standard input."""
    node = opened(home)
    from comity.services.people import accounts

    accounts.change_password(node, operator(), name, _password())
    emit({"name": name}, [f"{name} has a new password."], as_json)


@app.command("list")
def list_accounts(home: HomeOption, as_json: JsonOption = False) -> None:
    """List the officers."""
    from comity.core.instant import write_instant

    node = opened(home)
    from comity.services.people import accounts

    found = accounts.listed(node)
    document = [
        {**asdict(each), "last_sign_in": each.last_sign_in and write_instant(each.last_sign_in)}
        for each in found
    ]
    rows = [
        (
            each.name,
            "open" if each.active else "closed",
            ", ".join(each.roles),
            "set up" if each.second_factor else "none yet",
        )
        for each in found
    ]
    headings = ("name", "state", "roles", "second factor")
    emit(document, table(headings, rows, none="No account."), as_json)


@app.command("demo-code")
def demo_code(name: NameArgument, home: HomeOption, as_json: JsonOption = False) -> None:
    """Show the present code of the second factor of a demonstration account."""
    node = opened(home)
    from comity.services.people import factor

    code = factor.demo_code(node, name)
    emit({"name": name, "code": code}, [code], as_json)


@systems.command("add")
def add_system(
    name: NameArgument,
    home: HomeOption,
    regime: Annotated[Regime, typer.Option(help="The one regime under which it works.")],
    scope: Annotated[list[str], typer.Option("--scope", help=_SCOPE_HELP)],
    days: Annotated[int, typer.Option(help="Life of the token, at most 366 days.")] = 90,
    as_json: JsonOption = False,
) -> None:
    """Create a service account and print its token once."""
    node = opened(home)
    from comity.services.people import service_accounts

    scopes = service_accounts.parse_scopes(scope)
    token = service_accounts.create(node, operator(), name, regime, scopes, days)
    emit({"name": name, "token": token}, ["The token is shown once and stored nowhere:", token], as_json)


@systems.command("revoke")
def revoke_system(name: NameArgument, home: HomeOption, as_json: JsonOption = False) -> None:
    """End a service account at once, and for good."""
    node = opened(home)
    from comity.services.people import service_accounts

    service_accounts.revoke(node, operator(), name)
    emit({"name": name, "state": "revoked"}, [f"{name} is ended."], as_json)


@systems.command("list")
def list_systems(home: HomeOption, as_json: JsonOption = False) -> None:
    """List the service accounts."""
    from comity.core.instant import write_instant

    node = opened(home)
    from comity.services.people import service_accounts

    found = service_accounts.listed(node)
    document = [{**asdict(each), "expires_at": write_instant(each.expires_at)} for each in found]
    rows = [(each.name, each.state, each.regime, ", ".join(each.scopes)) for each in found]
    headings = ("name", "state", "regime", "scopes")
    emit(document, table(headings, rows, none="No service account."), as_json)
