"""`comity check`: each problem is found, with the key to change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.partners.cast import OPERATOR, Pair, make_pair

from comity.config import FILE_NAME, Config, DatabaseConfig, DatabaseEngine, Listener, load_config
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.encoding import to_text
from comity.errors import InputError, NodeError
from comity.services import wiring
from comity.services.context import Node
from comity.services.custody import checkup
from comity.services.custody.checkup import Level, Problem, check_home, check_node
from comity.services.custody.create import write_config
from comity.services.custody.unlock import write_secret_file
from comity.services.partners.add import add_partner
from comity.services.partners.own_card import own_card_octets
from comity.services.people import accounts, actor_of
from comity.services.people.accounts import Enrolment
from comity.services.people.security_keys import NewKey, add_key


def unopened(_: Path) -> Node:
    raise NodeError("vault.key", file="keys.sealed")


def home_with(tmp_path: Path, **changes: object) -> Path:
    home = tmp_path / "home"
    values: dict[str, object] = {
        "home": home,
        "service": ServiceId("BE.police"),
        "name": 'Police « de » "Belgique" \\ é',
        "country": "BE",
        "regimes": (Regime.POLICE,),
        "desk": Listener(port=8400),
        "partner": Listener(port=8443),
        "partner_url": "https://node.example",
    }
    config = Config.model_validate({**values, **changes})
    for folder in (home, home / "vault", home / "tls", home / "data"):
        folder.mkdir(mode=0o700)
    for path in (config.vault, home / "tls" / "key.pem"):
        write_secret_file(path, b"x")
    write_secret_file(home / FILE_NAME, write_config(config).encode())
    return home


def found(home: Path) -> set[tuple[str, str, str]]:
    return {(p.level.value, p.code, p.key) for p in check_home(home, unopened)} - {
        ("error", "vault.key", "vault/keys.sealed"),
        ("warning", "check.disk", "data"),
    }


def test_a_sound_home_has_no_problem_but_the_one_of_opening(tmp_path: Path) -> None:
    home = home_with(tmp_path)
    assert found(home) == set()
    assert Problem(Level.ERROR, "vault.key", "vault/keys.sealed", {"file": "keys.sealed"}) in check_home(
        home, unopened
    )


def test_library_of_the_search_that_is_absent_or_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = home_with(tmp_path)

    def absent() -> str:
        raise NodeError("probe.sodium-missing")

    monkeypatch.setattr(checkup.sodium, "require", absent)
    assert found(home) == {("error", "probe.sodium-missing", "libsodium")}


def test_configuration_that_cannot_be_read(tmp_path: Path) -> None:
    assert [p.code for p in check_home(tmp_path, unopened)] == ["config.missing"]
    (tmp_path / FILE_NAME).write_text("x = [")
    assert [p.code for p in check_home(tmp_path, unopened)] == ["config.malformed"]
    (tmp_path / FILE_NAME).write_text("x = 1")
    (problem,) = check_home(tmp_path, unopened)
    assert (problem.code, problem.key) == ("config.invalid", "service")


@pytest.mark.parametrize("name", [".", FILE_NAME, "vault", "vault/keys.sealed", "tls/key.pem", "data"])
def test_what_others_may_read(tmp_path: Path, name: str) -> None:
    home = home_with(tmp_path)
    (home / name).chmod(0o755)
    assert found(home) == {("error", "check.mode", name)}


@pytest.mark.parametrize("name", ["data/node.sqlite", "data/node.sqlite-wal", "erasures/j.1", "run/x/part"])
def test_what_others_may_read_among_what_the_node_writes(tmp_path: Path, name: str) -> None:
    home = home_with(tmp_path)
    written = home / name
    for folder in reversed(written.relative_to(home).parents):
        (home / folder).mkdir(mode=0o700, exist_ok=True)
    write_secret_file(written, b"x")
    assert found(home) == set()
    written.chmod(0o644)
    assert found(home) == {("error", "check.mode", name)}


def test_what_is_missing(tmp_path: Path) -> None:
    home = home_with(tmp_path)
    (home / "tls" / "key.pem").unlink()
    assert found(home) == {("error", "check.missing", "tls/key.pem")}


def test_unlock_files(tmp_path: Path) -> None:
    outside = tmp_path / "unlock"
    home = home_with(tmp_path, unlock_file=outside)
    assert found(home) == {
        ("error", "unlock.missing", "unlock_file"),
        ("warning", "check.unlock-file", "unlock_file"),
    }
    write_secret_file(outside, to_text(bytes(range(32))).encode())
    assert found(home) == {("warning", "check.unlock-file", "unlock_file")}
    outside.chmod(0o644)
    assert ("error", "unlock.mode", "unlock_file") in found(home)

    def refused(_: Path) -> Node:
        raise InputError("unlock.mode", mode="0o644")

    codes = [problem.code for problem in check_home(home, refused)]
    assert codes.count("unlock.mode") == 1, "what also keeps the node from opening is said once"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"desk": Listener(host="10.0.0.1", port=8400)}, ("warning", "check.desk-open", "desk.host")),
        ({"desk": Listener(host="::1", port=8400)}, None),
        (
            {"allow_private_addresses": True},
            ("warning", "check.private-addresses", "allow_private_addresses"),
        ),
        ({"allow_private_addresses": True, "demo": True}, None),
        ({"plain_http_on_loopback": True}, ("warning", "check.plain-http", "plain_http_on_loopback")),
        ({"partner_url": "http://node.example"}, ("error", "check.partner-url", "partner_url")),
        ({"desk_url": "https://desk.example"}, None),
        ({"desk_url": "https://192.0.2.7"}, ("warning", "check.security-keys-address", "desk_url")),
    ],
)
def test_settings(tmp_path: Path, changes: dict[str, object], problem: tuple[str, str, str] | None) -> None:
    assert found(home_with(tmp_path, **changes)) == ({problem} if problem else set())


@pytest.mark.parametrize(
    "address",
    [
        "http://desk.example",
        "http://192.0.2.7",
        "desk.example",
        "https://",
        "https://desk.example/comity",
        "https://desk.example?x",
        "https://desk.example#x",
        "https://an.officer@desk.example",
        "https://desk.example:port",
        "https://bureau.état.example",
        "javascript:alert(1)",
    ],
)
def test_addresses_that_no_desk_has(tmp_path: Path, address: str) -> None:
    home = home_with(tmp_path)
    path = home / FILE_NAME
    text = path.read_text(encoding="utf-8")
    assert 'desk_url = ""' in text
    path.write_text(text.replace('desk_url = ""', f'desk_url = "{address}"'), encoding="utf-8")
    assert found(home) == {("error", "config.invalid", "desk_url")}


@pytest.mark.parametrize(
    ("address", "origin", "party"),
    [
        ("", "http://localhost:8400", "localhost"),
        ("https://Desk.Example/", "https://desk.example", "desk.example"),
        ("https://desk.example:443", "https://desk.example", "desk.example"),
        ("https://desk.example:8443", "https://desk.example:8443", "desk.example"),
        ("http://localhost:9000", "http://localhost:9000", "localhost"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000", None),
        ("https://[2001:db8::7]", "https://[2001:db8::7]", None),
    ],
)
def test_origin_and_relying_party(tmp_path: Path, address: str, origin: str, party: str | None) -> None:
    config = load_config(home_with(tmp_path, desk_url=address))
    assert (config.desk_origin, config.relying_party) == (origin, party)


@pytest.mark.parametrize(
    ("dsn", "safe"),
    [
        ("dbname=x", True),
        ("dbname=x host=/run/postgresql", True),
        ("dbname=x host=127.0.0.1", True),
        ("dbname=x host=db.example", False),
        ("dbname=x host=db.example sslmode=require", False),
        ("dbname=x host=db.example sslmode=verify-full", True),
        ("dbname=x host=localhost hostaddr=10.0.0.1", False),
        ("nonsense", False),
    ],
)
def test_postgresql_connections(tmp_path: Path, dsn: str, safe: bool) -> None:
    database = DatabaseConfig(engine=DatabaseEngine.POSTGRESQL, dsn=dsn)
    problems = found(home_with(tmp_path, database=database))
    assert ("warning", "check.postgresql-duty", "database.dsn") in problems
    assert (("error", "check.postgresql-tls", "database.dsn") in problems) is not safe


def test_an_unsafe_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup.dbapi2, "sqlite_version_info", (3, 51, 2))
    assert found(home_with(tmp_path)) == {("error", "database.library", "sqlcipher3")}


@pytest.mark.django_db(databases=["be", "ma"])
class TestOpenNode:
    """What only the open node shows."""

    @pytest.fixture
    def pair(self, tmp_path: Path) -> Pair:
        wiring.connect()
        return make_pair(tmp_path)

    def test_keys_that_end(self, pair: Pair) -> None:
        pair.meet()
        assert check_node(pair.be) == []
        start = pair.clock.now
        for left, level in (
            (61, None),
            (60, "warning"),
            (8, "warning"),
            (7, "error"),
            (1, "error"),
            (0, "ended"),
        ):
            pair.clock.now = start + timedelta(days=730 - left)
            problems = check_node(pair.be)
            codes = {(p.level.value if p.code.endswith("-ends") else "ended") for p in problems}
            assert codes == ({level} if level else set())
            keys = {"keys.police", "keys.return-identification"}
            partners = {"partner.MA.police.police", "partner.MA.police.return-identification"}
            if level:
                certificates = {"tls/certificate.pem", "partner.MA.police.tls"}
                assert {p.key for p in problems} == keys | partners | certificates
                named = {p.key for p in problems if p.code.startswith("check.certificate-end")}
                assert named == certificates, "a certificate is renewed by another command than a key"

    def test_cards_that_wait(self, pair: Pair) -> None:
        add_partner(pair.be, own_card_octets(pair.ma), OPERATOR)
        assert check_node(pair.be) == [Problem(Level.WARNING, "check.card-waiting", "partner.MA.police")]

    def test_security_keys_of_another_address(self, pair: Pair) -> None:
        account = accounts.enrol(
            pair.be, OPERATOR, Enrolment("an.officer", "correct horse battery", frozenset())
        )
        key = NewKey("blue", {"id": "AAAA"}, 0)
        add_key(pair.be, actor_of(account), account, key, lambda: None)
        assert check_node(pair.be) == []
        moved = replace(
            pair.be, config=pair.be.config.model_copy(update={"desk_url": "https://desk.example"})
        )
        problem = Problem(Level.WARNING, "check.security-keys-moved", "desk_url", {"keys": 1})
        assert check_node(moved) == [problem]
