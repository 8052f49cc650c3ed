"""The bundle for the authority: verified without a node, and refused or named when anything in it was changed."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cases.cast import LOTTE
from tests.federation.world import BE, MA, World, make_card, node_keys
from tests.oversight.test_replay import AUDITOR, WHY, answered, codes, covered

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.crypto.encoding import from_text, to_text
from comity.core.evidence import note
from comity.core.evidence.export import open_export
from comity.core.evidence.trust import Anchors
from comity.core.oversight.bundle import MEMBERS, SEAL, open_bundle, seal_origin, seal_text, verify_against
from comity.errors import InputError, Refused
from comity.services.evidence.export import export_lines
from comity.services.evidence.sequence import signer
from comity.services.oversight.look import bundle, looks
from comity.services.oversight.packed import pack, unpack

__all__ = ["answered"]
pytestmark = pytest.mark.django_db(databases=["be", "ma"])
Files = dict[str, bytes]


@pytest.fixture
def files(answered: tuple[World, str, str]) -> tuple[World, Files]:
    world, _, thread = answered
    return world, bundle(world.be, AUDITOR, thread, WHY)


def sealed_anew(world: World, found: Files) -> Files:
    """Return the files under a fresh seal of the Belgian service: it can sign whatever it likes."""
    members = {name: found[name] for name in MEMBERS}
    text = seal_text(BE, members)
    (signature,) = world.be.keys.sign_note(Regime.POLICE, [text])
    public = signer(world.be, Regime.POLICE, text, signature)
    seal = note.assemble(text, note.signature_line(seal_origin(BE), public, signature))
    return {**members, SEAL: seal.encode()}


def changed(found: Files, member: str, change: Callable[[Any], None]) -> Files:
    value = json.loads(found[member])
    change(value)
    return {**found, member: canonical.encode(value)}


def test_it_opens_anywhere_and_says_nothing_of_the_person(files: tuple[World, Files]) -> None:
    _, found = files
    anchors = Anchors(cards=tuple(make_card(service, node_keys(service))[1] for service in (BE, MA)))
    judged = open_bundle(unpack(pack(found)), anchors)
    assert codes(judged) == []
    assert [each.agrees for each in judged.steps] == [True, True]
    assert all(party.anchored for party in judged.parties)
    whole = b"".join(found.values()) + b"".join(_decoded(found))
    for word in ("يوسف", "الخطابي", "1984-03-02", "661234567", "car loaded", "lotte", "salma", WHY):
        assert word.encode() not in whole
    assert pack(found) == pack(dict(reversed(found.items())))


def _decoded(found: Files) -> list[bytes]:
    messages = json.loads(found["exchange.json"])["messages"]
    entries = json.loads(found["evidence.json"])["entries"]
    return [from_text(each["header"]) for each in messages] + [from_text(each["leaf"]) for each in entries]


@pytest.mark.parametrize("member", [*MEMBERS, SEAL])
def test_a_flipped_byte_is_refused(files: tuple[World, Files], member: str) -> None:
    _, found = files
    octets = bytearray(found[member])
    for place in range(0, len(octets), max(1, len(octets) // 40)):
        bent = bytes(octets[:place]) + bytes([octets[place] ^ 1]) + bytes(octets[place + 1 :])
        with pytest.raises(InputError, match=r"^(bundle|evidence)\."):
            open_bundle({**found, member: bent})


def test_a_member_too_few_or_too_many_is_refused(files: tuple[World, Files]) -> None:
    _, found = files
    for odd in ({**found, "more.json": b"{}"}, {name: found[name] for name in MEMBERS}):
        with pytest.raises(InputError, match=r"bundle\.malformed"):
            open_bundle(odd)
        with pytest.raises(InputError, match=r"bundle\.malformed"):
            unpack(pack(odd))


class TestTheServiceItselfLies:
    """It holds its own keys and seals whatever it wrote; the partner's signatures convict it."""

    def judged(self, world: World, found: Files) -> set[str]:
        return set(codes(open_bundle(sealed_anew(world, found))))

    def test_another_header(self, files: tuple[World, Files]) -> None:
        world, found = files

        def change(value: Any) -> None:
            header = json.loads(from_text(value["messages"][0]["header"]))
            header["urgency"] = "ordinary"
            value["messages"][0]["header"] = to_text(canonical.encode(header))

        assert "bundle.message-unproven" in self.judged(world, changed(found, "exchange.json", change))

    def test_a_message_left_out(self, files: tuple[World, Files]) -> None:
        world, found = files
        bent = changed(found, "exchange.json", lambda value: value["messages"].pop())
        assert self.judged(world, bent) == {"bundle.message-missing"}

    def test_another_time_of_receipt(self, files: tuple[World, Files]) -> None:
        world, found = files

        def change(value: Any) -> None:
            value["messages"][0]["received_at"] = "2026-11-23T12:00:00.000Z"

        assert self.judged(world, changed(found, "exchange.json", change)) == {"bundle.receipt-other"}

    def test_an_entry_altered(self, files: tuple[World, Files]) -> None:
        world, found = files

        def change(value: Any) -> None:
            for each in value["entries"]:
                leaf = from_text(each["leaf"]).replace(b'"act":"request"', b'"act":"inform"')
                each["leaf"] = to_text(leaf)

        bent = self.judged(world, changed(found, "evidence.json", change))
        assert bent == {"bundle.entry-unproven", "bundle.message-unproven"}

    def test_a_countersignature_taken_from_elsewhere(self, files: tuple[World, Files]) -> None:
        world, found = files

        def change(value: Any) -> None:
            value["checkpoints"] = [
                each.replace(each.split("\n")[1], str(int(each.split("\n")[1]) + 1), 1)
                for each in value["checkpoints"]
            ]

        bent = self.judged(world, changed(found, "evidence.json", change))
        assert {"evidence.signature", "bundle.entry-unproven"} <= bent

    def test_a_stop_invented_afterwards(self, files: tuple[World, Files]) -> None:
        world, found = files

        def change(value: Any) -> None:
            at = "2026-11-01T00:00:00.000Z"
            value["agreements"][0]["stops"] = [{"kind": "suspend", "by": MA, "at": at, "until": None}]

        bent = self.judged(world, changed(found, "agreements.json", change))
        assert bent == {"bundle.stop-unproven", "replay.refused"}

    @pytest.mark.parametrize(("at", "found"), [("2026-11-01", True), ("2026-12-24", False)])
    def test_a_ground_that_had_ended_on_the_day_only(
        self, files: tuple[World, Files], at: str, found: bool
    ) -> None:
        world, made = files

        def change(value: Any) -> None:
            stated = json.loads(from_text(value["agreements"][0]["document"]))["transfers"]["BE"]["grounds"]
            value["agreements"][0]["changes"] = [
                {
                    "country": "BE",
                    "kind": "ground",
                    "name": each["ground"],
                    "effect": "ended",
                    "at": f"{at}T00:00:00.000Z",
                }
                for each in stated
            ]

        assert ("replay.refused" in self.judged(world, changed(made, "agreements.json", change))) == found

    def test_another_agreement(self, files: tuple[World, Files]) -> None:
        world, found = files

        def change(value: Any) -> None:
            octets = from_text(value["agreements"][0]["document"])
            document = json.loads(octets)
            for clause in document["clauses"]:
                clause["retention"] = "P3650D"
            value["agreements"][0]["document"] = to_text(canonical.encode(document))

        bent = self.judged(world, changed(found, "agreements.json", change))
        assert {"bundle.agreement-signature", "replay.refused"} <= bent


def test_keys_that_nobody_knows_count_for_nothing(files: tuple[World, Files]) -> None:
    _, found = files
    other = make_card(MA, node_keys(MA), sequence=7)[1]
    with pytest.raises(InputError, match=r"evidence\.anchor"):
        open_bundle(found, Anchors(cards=(other,)))


def test_it_is_compared_with_the_partners_export(files: tuple[World, Files]) -> None:
    world, found = files
    covered(world)
    theirs = open_export(export_lines(world.ma))
    assert verify_against(open_bundle(found), theirs) == 1


def test_a_zip_that_lies_about_its_size_is_refused() -> None:
    for octets in (b"", b"PK", b"x" * 100):
        with pytest.raises(InputError, match=r"bundle\.malformed"):
            unpack(octets)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (*MEMBERS, SEAL):
            archive.writestr(name, bytes(66 * 1024 * 1024) if name == SEAL else b"{}")
    assert len(out.getvalue()) < 1_000_000
    with pytest.raises(InputError, match=r"bundle\.malformed"):
        unpack(out.getvalue())


def test_who_makes_one(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    with pytest.raises(Refused, match=r"actor\.role"):
        bundle(world.be, LOTTE, thread, WHY)
    bundle(world.be, AUDITOR, thread, WHY)
    assert [each.act for each in looks(world.be, AUDITOR)] == ["bundle"]


def test_the_command_needs_no_node(files: tuple[World, Files], tmp_path: Path) -> None:
    """`comity evidence verify-bundle` in a process of its own, with neither home nor database."""
    world, found = files
    packed, card = tmp_path / "bundle.zip", tmp_path / "ma.card"
    packed.write_bytes(pack(found))
    card.write_bytes(make_card(MA, node_keys(MA))[1])
    words = [sys.executable, "-m", "comity.cli", "evidence", "verify-bundle", str(packed)]
    ran = subprocess.run([*words, "--card", str(card), "--json"], capture_output=True, check=False, text=True)
    assert ran.returncode == 0, ran.stderr
    shown = json.loads(ran.stdout)
    assert (shown["agrees"], shown["service"], len(shown["steps"])) == (True, BE, 2)
    assert {each["service"]: each["known"] for each in shown["parties"]} == {BE: False, MA: True}
    bent = changed(found, "exchange.json", lambda value: value["messages"].pop())
    packed.write_bytes(pack(sealed_anew(world, bent)))
    ran = subprocess.run(words, capture_output=True, check=False, text=True)
    assert ran.returncode == 1
    assert "bundle.message-missing" in ran.stdout
