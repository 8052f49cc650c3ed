"""Creates a node: its keys, its database, its certificate, its first card, its configuration.

Implements docs/operations.md §1. Either everything is there afterwards or nothing.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from comity.config import FILE_NAME, Config, DatabaseConfig, Listener
from comity.core.codes.exchange import Regime, ServiceId, service_id
from comity.core.crypto.derive import ROOT_BYTES
from comity.core.crypto.local import new_secrets
from comity.core.faults import named
from comity.core.identity.fingerprint import fingerprint
from comity.errors import InputError
from comity.services.context import Actor
from comity.services.custody.holder import KeysProcess
from comity.services.custody.opening import open_with
from comity.services.custody.unlock import check_outside, given_key, write_key, write_secret_file
from comity.storage.keystore.vault import Vault
from comity.storage.opening import build_schema
from comity.transport.keyagent import SocketKeys

_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class NewNode:
    """What a node is to be.

    Args:
        service: its identifier; made of country and name when None.
        unlock_file: where to write the unlock key (demonstrations); None prints it once.
        officer_key: where to write the data-protection officer's private key; beside the unlock file or the home
            when None.
    """

    name: str
    country: str
    regimes: tuple[Regime, ...]
    desk: Listener
    partner: Listener
    partner_url: str
    service: str | None = None
    unlock_file: Path | None = None
    officer_key: Path | None = None
    demo: bool = False
    database: DatabaseConfig = field(default_factory=DatabaseConfig)
    language: str = "en"
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class CreatedNode:
    """What creating a node made; `unlock_key` only where it was not written or given, to be shown once."""

    service: ServiceId
    words: list[str]
    officer_key: Path
    unlock_key: str | None


def create_node(home: Path, wish: NewNode, actor: Actor, *, alias: str = "default") -> CreatedNode:
    """Create a node in an empty or new folder.

    Raises:
        InputError: ``init.home-in-use``, ``init.regimes``, ``init.country``, ``init.name``, ``unlock.inside-home``,
            ``file.exists``, ``config.*``.
        NodeError: ``database.*``, ``vault.write``.
    """
    home = home.resolve()
    check_regimes(wish.regimes)
    config = _config(home, wish)
    officer_file = (wish.officer_key or _beside(home, wish.unlock_file)).resolve()
    for path in (officer_file, wish.unlock_file):
        if path is not None:
            check_outside(path, home)
            _check_free(path)
    _claim(home)
    written: list[Path] = []
    try:
        return _create(config, wish, actor, alias, officer_file, written)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        shutil.rmtree(home, ignore_errors=True)
        raise


def check_regimes(regimes: tuple[Regime, ...]) -> None:
    """Refuse no regime, a repeated one, and `intelligence` together with another.

    Raises:
        InputError: ``init.regimes``.
    """
    alone = Regime.INTELLIGENCE not in regimes or len(regimes) == 1
    if not regimes or len(set(regimes)) != len(regimes) or not alone:
        raise InputError("init.regimes", allowed=named(Regime))


def _create(
    config: Config, wish: NewNode, actor: Actor, alias: str, officer_file: Path, written: list[Path]
) -> CreatedNode:
    given = given_key()
    root = given or secrets.token_bytes(ROOT_BYTES)
    if wish.unlock_file is not None:
        write_secret_file(wish.unlock_file, write_key(root).encode("ascii") + b"\n")
        written.append(wish.unlock_file)
    for folder in (config.vault.parent, config.data, config.run):
        folder.mkdir(mode=0o700)
    Vault(config.vault, root).write(new_secrets(config.regimes, secrets.token_bytes))
    (config.home / FILE_NAME).write_text(write_config(config), encoding="utf-8")
    (config.home / FILE_NAME).chmod(0o600)
    process = KeysProcess(config, root, config.run / f"keys-{secrets.token_hex(6)}.sock")
    try:
        node = open_with(config, SocketKeys(process.socket), alias)
        build_schema(alias)
        from comity.services import erasures  # needs the database set up, as the next
        from comity.services.custody.furnish import furnish

        erasures.begin(node)
        card = furnish(node, actor, officer_file)
        written.append(officer_file)
    finally:
        process.stop()
    shown = None if given is not None or wish.unlock_file is not None else write_key(root)
    return CreatedNode(config.service, fingerprint(card), officer_file, shown)


def _config(home: Path, wish: NewNode) -> Config:
    if not re.fullmatch(r"[A-Z]{2}", wish.country):
        raise InputError("init.country")
    if not wish.name.strip() or len(wish.name) > 200 or not wish.name.isprintable():
        raise InputError("init.name")
    return Config(
        home=home,
        service=service_id(wish.service or f"{wish.country}.{slug(wish.name)}"),
        name=wish.name,
        country=wish.country,
        regimes=wish.regimes,
        desk=wish.desk,
        partner=wish.partner,
        partner_url=wish.partner_url,
        database=wish.database,
        unlock_file=wish.unlock_file.resolve() if wish.unlock_file else None,
        allow_private_addresses=wish.demo,
        demo=wish.demo,
        language=wish.language,
        time_zone=wish.time_zone,
    )


def slug(name: str) -> str:
    """Return the lower-case letters and digits of a name, joined by hyphens, at most 40 characters.

    Raises:
        InputError: ``init.name``: nothing is left; give a service identifier.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    found = _SLUG.sub("-", plain).strip("-")[:40].strip("-")
    if not found:
        raise InputError("init.name")
    return found


def write_config(config: Config) -> str:
    """Return the text of `comity.toml`."""
    plain = config.model_dump(mode="json", exclude={"home"}, exclude_none=True)
    tables = {name: value for name, value in plain.items() if isinstance(value, dict)}
    lines = ["# Settings of this node. No key and no password ever stands here.", ""]
    lines += [
        f"{name} = {json.dumps(value, ensure_ascii=False)}"
        for name, value in plain.items()
        if name not in tables
    ]
    for name, table in tables.items():
        lines += ["", f"[{name}]"]
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def _beside(home: Path, unlock_file: Path | None) -> Path:
    folder = home.parent if unlock_file is None else unlock_file.parent
    return folder / f"{home.name}.officer-key"


def _check_free(path: Path) -> None:
    if path.exists():
        raise InputError("file.exists", file=path.name)


def _claim(home: Path) -> None:
    """Make the home, or take an empty folder."""
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise InputError("init.home-in-use")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(home, 0o700)
