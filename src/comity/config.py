"""The node's configuration: `comity.toml` in its home. No key and no password ever stands in it."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from comity.core.cases.reminders import Step
from comity.core.codes.exchange import Regime, ServiceId
from comity.errors import InputError

FILE_NAME = "comity.toml"


_DEFAULT_PORTS = {"https": 443, "http": 80}


def _origin(url: str) -> str:
    """Return the origin of an address as browsers write it (RFC 6454 §6.2): scheme, host, port unless the usual one.

    Raises:
        ValueError: it is no address of a desk: other than https, or http on loopback; with a path or a user name; not
            in the ASCII form of internationalised names.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    plain = parts.scheme == "http" and (host == "localhost" or _is_address(host, loopback=True))
    whole = host and host.isascii() and parts.path in ("", "/") and not (parts.query or parts.fragment)
    if not whole or "@" in parts.netloc or not (parts.scheme == "https" or plain):
        raise ValueError("not the address of a desk")
    shown = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{shown}{port}"


def _is_address(host: str, *, loopback: bool = False) -> bool:
    try:
        found = ip_address(host)
    except ValueError:
        return False
    return found.is_loopback or not loopback


def _desk_url(url: str) -> str:
    return _origin(url) if url else ""


class DatabaseEngine(StrEnum):
    """Where the node keeps its data."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class Listener(BaseModel):
    """An address on which a process listens."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)]


class DatabaseConfig(BaseModel):
    """Engine and, for PostgreSQL, a libpq connection string without password (use a pgpass file or peer)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    engine: DatabaseEngine = DatabaseEngine.SQLITE
    dsn: str = ""


class Reminders(BaseModel):
    """After which part of the time for an answer the owner, the substitute and the head of desk are reminded.

    `again`: who waits for an identification is reminded once more, after this part of the partner's time.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    owner: Annotated[float, Field(gt=0, le=1)] = 0.5
    substitute: Annotated[float, Field(gt=0, le=1)] = 0.75
    head: Annotated[float, Field(gt=0, le=1)] = 0.9
    again: Annotated[float, Field(gt=1, le=10)] = 4 / 3

    @model_validator(mode="after")
    def _check(self) -> Reminders:
        if not self.owner <= self.substitute <= self.head:
            raise ValueError("owner, substitute and head are reminded in this order")
        return self

    @property
    def parts(self) -> dict[Step, float]:
        """The part of the time for each step."""
        return {Step.OWNER: self.owner, Step.SUBSTITUTE: self.substitute, Step.HEAD: self.head}

    @property
    def waiting_parts(self) -> dict[Step, float]:
        """The part of the time for each step of who waits for the partner."""
        return {**self.parts, Step.AGAIN: self.again}


class Config(BaseModel):
    """All settings of one node.

    Paths are relative to the home. `unlock_file` must lie outside the home (mode 0600) and is for demonstrations;
    prefer a systemd credential, a file descriptor or the prompt. `desk_url` is the address that browsers see when a
    reverse proxy with TLS stands on this machine before the desk's listener; without it the desk serves loopback.
    Security keys are bound to its host: whoever changes it has every key registered anew. `kept_days` is how old a
    partner's backup may be for what we delivered to be fetched again, `kept_mib` how much is kept for that.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path
    service: ServiceId
    name: str
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    regimes: tuple[Regime, ...]
    desk: Listener
    partner: Listener
    partner_url: str
    desk_url: Annotated[str, AfterValidator(_desk_url)] = ""
    database: DatabaseConfig = DatabaseConfig()
    unlock_file: Path | None = None
    allow_private_addresses: bool = False
    plain_http_on_loopback: bool = False
    demo: bool = False
    language: str = "en"
    time_zone: str = "UTC"
    checkpoint_seconds: Annotated[int, Field(ge=1, le=30)] = 20
    internal_leaf_seconds: Annotated[int, Field(ge=10, le=86400)] = 3600
    skew_seconds: Annotated[int, Field(ge=1, le=300)] = 300
    transit_days: Annotated[int, Field(ge=1, le=30)] = 7
    kept_days: Annotated[int, Field(ge=0, le=90)] = 35
    kept_mib: Annotated[int, Field(ge=0, le=1 << 20)] = 2048
    reminders: Reminders = Reminders()

    @property
    def data(self) -> Path:
        """Folder of the database, the replicas and the indexes."""
        return self.home / "data"

    @property
    def vault(self) -> Path:
        """File of the wrapped private keys; unreadable without the unlock key."""
        return self.home / "vault" / "keys.sealed"

    @property
    def desk_origin(self) -> str:
        """Origin under which browsers reach the desk: that of `desk_url`, or of its listener on this machine."""
        return self.desk_url or _origin(f"http://localhost:{self.desk.port}")

    @property
    def relying_party(self) -> str | None:
        """Name to which security keys are bound (Web Authentication §5.4.2); None when the desk has only a number."""
        host = urlsplit(self.desk_origin).hostname or ""
        return None if _is_address(host) else host

    @property
    def run(self) -> Path:
        """Folder of the sockets and process identifiers."""
        return self.home / "run"


def load_config(home: Path) -> Config:
    """Read and check the configuration of a home.

    Raises:
        InputError: ``config.missing``, ``config.malformed``, ``config.invalid`` (names the key to change).
    """
    path = home / FILE_NAME
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError("config.missing", file=FILE_NAME) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise InputError("config.malformed", file=FILE_NAME) from None
    try:
        return Config.model_validate({**document, "home": home.resolve()})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InputError("config.invalid", key=key, reason=first["type"]) from None
