"""`comity probe anomalies` and `comity probe follow-ups`, and what `comity probe` says of a search."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.cases.cast import officer
from tests.services.probe.land import OFFICER, Land
from typer.testing import CliRunner

from comity.cli import probe as probe_commands
from comity.cli.probe import watched
from comity.core.codes.marks import Role
from comity.errors import ComityError, Refused
from comity.services.agreements import standing
from comity.services.watch.noticed import watch_due
from comity.storage.models.probe import ProbeAsked

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
ACTORS = {each.name: each for each in (OFFICER, officer("bram", Role.DATA_PROTECTION_OFFICER))}
WHOLE = ("--offence", "theft", "--aim", "learn-more", "--concerns", "contact", "--profession", "journalist")


@pytest.fixture
def run(land: Land, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    for commands in (probe_commands, watched):
        monkeypatch.setattr(commands, "opened", lambda home: land.be)
        monkeypatch.setattr(commands, "acting", lambda node, name: ACTORS[name])
    monkeypatch.setattr(probe_commands, "channels", lambda node: land.network.channels)
    monkeypatch.setattr(standing, "find_agreement", lambda node, name: land.agreement)

    def command(*words: str, typed: str = "", plain: bool = False) -> Any:
        whole = ["probe", *words, "--home", "x", *([] if plain else ["--json"])]
        result = CliRunner().invoke(probe_commands.app, whole, input=typed)
        if isinstance(result.exception, ComityError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output if plain else json.loads(result.output)

    return command


def search(run: Callable[..., Any], *words: str) -> Any:
    """Search as an issue of the first exchange wrote it, with more words or none."""
    asked = ("--partner", "MA", "--agreement", "x", "--purpose", "drugs", "--case", "BE-1", "--as", "amina")
    return run(*asked, *words, typed="given=Zoulikha\nfamily=Bourgheda\ndob=1981-05-17\n")


def test_a_search_without_a_justification_is_made_and_says_so_under_its_seal(
    land: Land, run: Callable[..., Any]
) -> None:
    assert search(run)["result"] == "hit"
    assert search(run, *WHOLE)["result"] == "hit"
    bare, whole = (land.justification(row) for row in ProbeAsked.objects.using("be").order_by("pk"))
    assert bare["missing"] == ["offence", "aim", "concerns"]
    assert (whole["missing"], whole["said"]["profession"]) == ([], "journalist")  # type: ignore[index]  # JSON


def test_what_stands_out_is_listed_and_settled(land: Land, run: Callable[..., Any]) -> None:
    assert "Nothing stands out." in run("anomalies", "list", "--as", "bram", plain=True)
    search(run)
    search(run, *WHOLE)
    watch_due(land.be, land.network.channels)
    found = {each["sign"]: each for each in run("anomalies", "list", "--as", "bram")}
    assert set(found) == {"unjustified", "profession-at-odds"}
    text = run("anomalies", "list", "--as", "bram", plain=True)
    assert "amina" in text
    assert "Zoulikha" not in text
    uid = found["unjustified"]["anomaly"]
    with pytest.raises(Refused, match=r"actor\.role"):
        run("anomalies", "list", "--as", "amina")
    run("anomalies", "settle", uid, "--outcome", "reminded", "--reason", "told her", "--as", "bram")
    assert [each["anomaly"] for each in run("anomalies", "list", "--settled", "--as", "bram")] == [uid]
    wrong = ["probe", "anomalies", "settle", uid, "--outcome", "fine", "--reason", "x", "--home", "x"]
    assert CliRunner().invoke(probe_commands.app, wrong).exit_code == 2


def test_follow_ups_are_counted(land: Land, run: Callable[..., Any]) -> None:
    search(run)
    assert "No search yet." in run("follow-ups", "--as", "bram", plain=True)
    land.clock.forward(days=15)
    [line] = run("follow-ups", "--as", "bram")
    assert (line["partner"], line["side"], line["searches"], line["hits"], line["followed"]) == (
        "MA.dgsn",
        "asked",
        1,
        1,
        0,
    )
