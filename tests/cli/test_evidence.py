"""``comity evidence`` as a person uses it; the offline verifier without node, database or Django."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.services.evidence.cast import Pair, card_of
from tests.services.evidence.test_verify import grown
from typer.testing import CliRunner

from comity.cli import evidence as command
from comity.core.identity.card import open_card
from comity.core.identity.fingerprint import fingerprint
from comity.errors import InputError
from comity.services.evidence.export import export_lines
from comity.storage.models.evidence import EvidenceEntry

pytestmark = pytest.mark.django_db(databases=["be", "ma"])

OFFLINE = """
import sys
from comity.cli.evidence import app
try:
    app(sys.argv[1:], standalone_mode=False)
finally:
    print(sorted({name.split(".")[0] for name in sys.modules} & {"django", "sqlcipher3", "psycopg", "sqlite3"}))
"""


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Pair:
    made = grown()
    monkeypatch.setattr(command, "opened", lambda _home: made.be)
    return made


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(command.app, list(words))
    assert result.exit_code == code, result.output
    return result.output


def test_status_verify_export(both: Pair, tmp_path: Path) -> None:
    assert "366 entries, 363 covered" not in run("status", "--home", ".")
    assert run("verify", "--home", ".").startswith("evidence: ok\n")
    assert "366 entries, 363 covered, tail 3 since 0 s" in run("status", "--home", ".")
    logs = json.loads(run("status", "--home", ".", "--json"))["logs"]
    assert {log["origin"].split("/")[2]: log["pending"] for log in logs} == {"internal": 0, "bilateral": 0}
    out = tmp_path / "be.jsonl"
    run("export", "--home", ".", "--out", str(out))
    with pytest.raises(InputError, match=r"file\.exists"):
        CliRunner().invoke(command.app, ["export", "--home", ".", "--out", str(out)], catch_exceptions=False)
    assert "uncovered tail 3" in run("verify-export", str(out))


def test_verify_names_the_damaged_entry(both: Pair) -> None:
    row = EvidenceEntry.objects.using("be").get(log__scope__startswith="bilateral", number=200)
    row.leaf = bytes(row.leaf).replace(b"message.sent", b"message.lost")
    row.save(using="be")
    assert "evidence.damaged-entry: comity/BE.police/bilateral/MA.police/police/1 entry 200" in run(
        "verify", "--home", ".", code=1
    )


def test_the_offline_verifier_needs_nothing(both: Pair, tmp_path: Path) -> None:
    be, ma, card = tmp_path / "be.jsonl", tmp_path / "ma.jsonl", tmp_path / "ma.card"
    be.write_bytes(b"".join(export_lines(both.be)))
    ma.write_bytes(b"".join(export_lines(both.ma)))
    card.write_bytes(card_of(both.ma))
    words = " ".join(fingerprint(open_card(card_of(both.be))))
    order = ["verify-export", str(be), "--card", str(card), "--fingerprint", words, "--against", str(ma)]
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, *order], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert done.stdout.startswith("export: ok\n")
    assert "NOT CHECKED" not in done.stdout
    assert "states that the other party countersigned: 1, all in this export" in done.stdout
    assert done.stdout.endswith("[]\n")
    be.write_bytes(be.read_bytes().replace(b'"message.sent-7"', b'"message.sent-8"', 1))
    with pytest.raises(InputError, match=r"evidence\."):
        CliRunner().invoke(command.app, order, catch_exceptions=False)


def test_without_anchors_it_says_so(both: Pair, tmp_path: Path) -> None:
    out = tmp_path / "be.jsonl"
    out.write_bytes(b"".join(export_lines(both.be)))
    said = run("verify-export", str(out))
    assert said.count("NOT CHECKED, compare") == 2
    with pytest.raises(InputError, match=r"evidence\.anchor"):
        CliRunner().invoke(
            command.app,
            ["verify-export", str(out), "--fingerprint", "some other words"],
            catch_exceptions=False,
        )
    with pytest.raises(InputError, match=r"file\.read"):
        CliRunner().invoke(command.app, ["verify-export", str(tmp_path / "none")], catch_exceptions=False)
