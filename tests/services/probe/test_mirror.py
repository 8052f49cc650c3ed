"""Mirrors: written without a manifest, read and verified, whole or shard by shard; a lie is not used."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.federation.world import BE, MA, set_state
from tests.services.probe.land import GROUP, KEEPER, OFFICER, PEOPLE, Land, fill

from comity.core.codes.exchange import PurposeGroup, Regime
from comity.core.crypto.certificate import new_certificate
from comity.core.probe.opening import Strength
from comity.errors import DeliveryError, InputError, PeerError, Refused
from comity.services.agreements.stop import suspend
from comity.services.probe import ask as asking
from comity.services.probe import parts, replica
from comity.services.probe.index import publish, stored_manifest
from comity.services.probe.mirror import place
from comity.services.probe.mirror.chosen import drop, listed, use
from comity.services.probe.mirror.place import check_place
from comity.services.probe.mirror.write import write_mirror
from comity.services.probe.replica import fetch
from comity.services.probe.upkeep import fetch_due, sweep_replicas
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.probe import ProbeReplica

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

KNOWN = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"}
ABSENT = {"given": "Hassan", "family": "Mekkaoui", "dob": "1960-04-04"}
LATER = ("Rkia", "Tahiri Jouti", "1972-03-21", "Salé", "suspect", "")
LATE = {"given": "Rkia", "family": "Tahiri Jouti", "dob": "1972-03-21"}
WHERE = (Regime.POLICE, GROUP)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several pieces a part, and no waiting."""
    from comity.services.probe.mirror import write

    monkeypatch.setattr(place, "PIECE_BYTES", 700)
    monkeypatch.setattr(write, "PIECE_BYTES", 700)
    monkeypatch.setattr(asking, "MIRROR_STEP", 0.05)


@pytest.fixture
def folder(land: Land, tmp_path: Path) -> Path:
    """Return a mirror of what Morocco publishes to Belgium; the partner itself serves nothing."""
    land.published()
    where = tmp_path / "mirror"
    write_mirror(land.ma, BE, *WHERE, where, KEEPER)
    return where


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the issuer serve no part, and note what was asked of it."""
    asked: list[str] = []
    monkeypatch.setattr(replica, "_fetch_part", lambda *each: asked.append(str(each)))
    return asked


def here(land: Land) -> set[str]:
    return {path.name for path in parts.replica_folder(land.be).iterdir()}


def manifest() -> Any:
    return stored_manifest(ProbeReplica.objects.using("be").order_by("-version")[0].manifest)


class TestWhole:
    def test_found_over_a_folder_and_nothing_asked_of_the_partner(
        self, land: Land, folder: Path, silent: list[str]
    ) -> None:
        use(land.be, MA, *WHERE, KEEPER, str(folder))
        assert land.ask(**KNOWN).strength is Strength.HIT
        assert land.ask(**ABSENT).strength is Strength.MISS
        assert here(land) == set(manifest().parts())
        assert silent == []
        assert listed(land.be)[0]["place"] == str(folder)

    def test_nothing_more_is_fetched_of_a_partner_that_was_suspended(self, land: Land, folder: Path) -> None:
        use(land.be, MA, *WHERE, KEEPER, str(folder))
        set_state(land.be, MA, "suspended")
        with pytest.raises(Refused, match=r"partner\.suspended"):
            fetch(land.be, land.network.channels, MA, *WHERE)
        assert fetch_due(land.be, land.network.channels) == 0
        assert here(land) == set()

    def test_nor_under_an_agreement_that_this_side_stopped(self, land: Land, folder: Path) -> None:
        use(land.be, MA, *WHERE, KEEPER, str(folder))
        suspend(land.be, KEEPER, land.agreement, "a doubt")
        with pytest.raises(Refused, match=r"probe\.no-permit"):
            fetch(land.be, land.network.channels, MA, *WHERE)
        assert here(land) == set()

    def test_a_stop_within_a_download_ends_it(
        self, land: Land, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use(land.be, MA, *WHERE, KEEPER, str(folder))
        came = replica.fetch_part

        def one_part(*each: Any) -> None:
            came(*each)
            set_state(land.be, MA, "suspended")

        monkeypatch.setattr(replica, "fetch_part", one_part)
        with pytest.raises(Refused, match=r"partner\.suspended"):
            fetch(land.be, land.network.channels, MA, *WHERE)
        assert len(here(land)) == 1

    def test_a_server_of_files(self, land: Land, folder: Path, silent: list[str], served: str) -> None:
        land.be = _with(land.be, plain_http_on_loopback=True)
        use(land.be, MA, *WHERE, KEEPER, served)
        assert land.ask(**KNOWN).strength is Strength.HIT
        assert silent == []

    def test_a_server_with_the_certificate_that_was_named(
        self, land: Land, folder: Path, silent: list[str], tmp_path: Path
    ) -> None:
        land.be = _with(land.be, allow_private_addresses=True)
        named, context = _certificate(tmp_path, "one")
        with _served(folder, context) as address:
            use(land.be, MA, *WHERE, KEEPER, address, certificate=named)
            assert land.ask(**KNOWN).strength is Strength.HIT
        assert silent == []

    def test_a_server_with_another_certificate_is_not_asked(
        self, land: Land, folder: Path, tmp_path: Path
    ) -> None:
        land.be = _with(land.be, allow_private_addresses=True)
        named, _ = _certificate(tmp_path, "one")
        _, context = _certificate(tmp_path, "another")
        with _served(folder, context) as address, pytest.raises(DeliveryError) as caught:
            use(land.be, MA, *WHERE, KEEPER, address, certificate=named)
        assert caught.value.code in ("delivery.pin", "delivery.tls")
        assert listed(land.be) == []

    def test_a_delta_comes_too_once_it_is_written(self, land: Land, folder: Path, silent: list[str]) -> None:
        use(land.be, MA, *WHERE, KEEPER, str(folder))
        assert land.ask(**LATE).strength is Strength.MISS
        fill(land.ma, (*PEOPLE, LATER))
        land.published()
        # Until the mirror has it, the index of before is searched.
        assert land.ask(**LATE).strength is Strength.MISS
        made = write_mirror(land.ma, BE, *WHERE, folder, KEEPER)
        assert (made.written, made.kept, made.removed) == (3, 2, 0)
        assert land.ask(**LATE).strength is Strength.HIT
        assert silent == []

    @pytest.mark.parametrize("piece", [0, 1])
    def test_a_mirror_that_lies_is_not_used(self, land: Land, folder: Path, piece: int) -> None:
        use(land.be, MA, *WHERE, KEEPER, str(folder))
        path = folder / manifest().records / f"{piece:05d}"
        octets = bytearray(path.read_bytes())
        octets[5] ^= 1
        path.write_bytes(octets)
        with pytest.raises(PeerError, match=r"^probe\.part-wrong"):
            land.ask(**KNOWN)
        octets[5] ^= 1
        path.write_bytes(octets)
        assert land.ask(**KNOWN).strength is Strength.HIT

    def test_a_piece_too_long_too_short_or_gone(self, land: Land, folder: Path) -> None:
        use(land.be, MA, *WHERE, KEEPER, str(folder))
        path = folder / manifest().records / "00000"
        whole = path.read_bytes()
        path.write_bytes(whole[:100])
        with pytest.raises(PeerError, match=r"^probe\.part-wrong"):
            land.ask(**KNOWN)
        path.unlink()
        with pytest.raises(DeliveryError, match=r"^probe\.mirror-missing"):
            land.ask(**KNOWN)
        path.write_bytes(whole + b"more")
        with pytest.raises(PeerError, match=r"^probe\.part-wrong"):
            land.ask(**KNOWN)
        path.write_bytes(whole)
        assert land.ask(**KNOWN).strength is Strength.HIT

    def test_dropped_the_partner_serves_again(self, land: Land, folder: Path) -> None:
        use(land.be, MA, *WHERE, KEEPER, str(folder))
        folder.rename(folder.with_name("nowhere"))
        with pytest.raises(DeliveryError):
            land.ask(**KNOWN)
        drop(land.be, MA, *WHERE, KEEPER)
        assert land.ask(**KNOWN).strength is Strength.HIT
        assert listed(land.be) == []
        with pytest.raises(InputError, match=r"^probe\.mirror-none"):
            drop(land.be, MA, *WHERE, KEEPER)


class TestBeforeItIsTaken:
    """A mirror that does not hold the index is found when it is named, not by the next officer who searches."""

    def test_one_that_is_not_there(self, land: Land, folder: Path) -> None:
        with pytest.raises(DeliveryError, match=r"^probe\.mirror-missing"):
            use(land.be, MA, *WHERE, KEEPER, str(folder / "nowhere"))
        self._nothing_changed(land)

    def test_one_that_holds_other_bytes(self, land: Land, folder: Path) -> None:
        (shard,) = manifest().shards
        path = folder / shard.digest / "00000"
        path.write_bytes(bytes(len(path.read_bytes())))
        with pytest.raises(PeerError, match=r"^probe\.part-wrong"):
            use(land.be, MA, *WHERE, KEEPER, str(folder), lazy=True)
        self._nothing_changed(land)

    def test_for_an_index_that_was_never_announced(self, land: Land, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"^probe\.no-index"):
            use(land.be, MA, *WHERE, KEEPER, str(tmp_path))
        self._nothing_changed(land)

    @staticmethod
    def _nothing_changed(land: Land) -> None:
        assert listed(land.be) == []
        leaves = [bytes(row.leaf) for row in EvidenceEntry.objects.using("be").filter(scope="internal")]
        assert not [leaf for leaf in leaves if b"probe.mirror-set" in leaf]


class TestShardByShard:
    def test_a_shard_comes_when_a_search_needs_it(self, land: Land, folder: Path, silent: list[str]) -> None:
        use(land.be, MA, *WHERE, KEEPER, str(folder), lazy=True)
        fetch(land.be, land.network.channels, MA, *WHERE)
        (shard,) = manifest().shards
        assert here(land) == {manifest().records}
        assert land.ask(**KNOWN).strength is Strength.HIT
        assert here(land) == {manifest().records, shard.digest}
        for path in (folder / shard.digest).iterdir():
            path.unlink()
        assert land.ask(**ABSENT).strength is Strength.MISS
        assert silent == []
        assert sweep_replicas(land.be, land.network.channels) == 0

    def test_a_false_shard_ends_the_search(self, land: Land, folder: Path) -> None:
        use(land.be, MA, *WHERE, KEEPER, str(folder), lazy=True)
        fetch(land.be, land.network.channels, MA, *WHERE)
        path = folder / manifest().shards[0].digest / "00000"
        path.write_bytes(bytes(len(path.read_bytes())))
        with pytest.raises(PeerError, match=r"^probe\.part-wrong"):
            land.ask(**KNOWN)
        assert here(land) == {manifest().records}

    def test_the_openings_follow_in_longer_steps(
        self, land: Land, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whether a shard was here already must not show in when the openings come."""
        slept: list[float] = []
        ticks = iter(range(10_000))
        land.be = _replaced(land.be, sleep=slept.append, ticks=lambda: next(ticks) * 0.001)
        use(land.be, MA, *WHERE, KEEPER, str(folder), lazy=True)
        land.ask(**KNOWN)
        land.ask(**KNOWN)
        assert all(0.04 < one <= asking.MIRROR_STEP for one in slept)
        drop(land.be, MA, *WHERE, KEEPER)
        land.ask(**KNOWN)
        assert 0 < slept[-1] <= asking.OPENING_STEP

    def test_dropped_all_comes_from_the_partner(self, land: Land, folder: Path) -> None:
        use(land.be, MA, *WHERE, KEEPER, str(folder), lazy=True)
        fetch(land.be, land.network.channels, MA, *WHERE)
        drop(land.be, MA, *WHERE, KEEPER)
        assert land.ask(**KNOWN).strength is Strength.HIT
        assert here(land) == set(manifest().parts())


class TestWriting:
    def test_parts_and_nothing_else(self, land: Land, folder: Path) -> None:
        names = {path.name for path in folder.iterdir()}
        assert names == set(manifest().parts())
        octets = b"".join(path.read_bytes() for path in sorted(folder.glob("*/0*")))
        for word in (b"Bourgheda", b"MA.", b"BE.", b"serious-crime", b"{"):
            assert word not in octets or len(word) < 2
        assert all(path.stat().st_size <= 700 for path in folder.glob("*/0*"))

    def test_what_nobody_searches_is_removed_and_what_is_not_a_part_stays(
        self, land: Land, folder: Path
    ) -> None:
        (folder / "index.html").write_text("another file of the server")
        first = set(manifest().parts())
        for _ in range(2):
            publish(land.ma, BE, *WHERE, force=True)
        made = write_mirror(land.ma, BE, *WHERE, folder, KEEPER)
        assert made.removed == len(first)
        assert (folder / "index.html").exists()
        assert not any((folder / digest).exists() for digest in first)

    def test_only_who_may_and_only_what_is_published(self, land: Land, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"^probe\.no-index"):
            write_mirror(land.ma, BE, *WHERE, tmp_path / "one", KEEPER)
        with pytest.raises(Refused, match=r"^actor\.role"):
            write_mirror(land.ma, BE, *WHERE, tmp_path / "one", OFFICER)
        with pytest.raises(Refused, match=r"^actor\.role"):
            use(land.be, MA, *WHERE, OFFICER, "/srv/mirror")
        with pytest.raises(Refused, match=r"^probe\.no-permit"):
            write_mirror(land.ma, BE, Regime.POLICE, PurposeGroup.WANTED, tmp_path / "one", KEEPER)

    def test_each_act_is_in_the_evidence(self, land: Land, folder: Path) -> None:
        use(land.be, MA, *WHERE, KEEPER, str(folder))
        drop(land.be, MA, *WHERE, KEEPER)
        for alias, kinds in (
            ("ma", ["index-mirrored"]),
            ("be", ["mirror-set", "mirror-dropped"]),
        ):
            leaves = [bytes(row.leaf) for row in EvidenceEntry.objects.using(alias).filter(scope="internal")]
            for kind in kinds:
                assert sum(f'"probe.{kind}"'.encode() in leaf for leaf in leaves) == 1


@pytest.mark.parametrize(
    ("where", "certificate"),
    [
        ("mirror", ""),
        ("ftp://mirror.example/", ""),
        ("https://mirror.example/", ""),
        ("https://mirror.example/?q=1", "PEM"),
        ("https://who@mirror.example/", "PEM"),
        ("http://127.0.0.1:8000/", "PEM"),
        ("/srv/mirror", "PEM"),
        ("https:///", "PEM"),
    ],
)
def test_places_that_are_none(where: str, certificate: str) -> None:
    with pytest.raises(InputError, match=r"^probe\.mirror-place"):
        check_place(where, certificate)


@pytest.mark.parametrize(
    ("where", "certificate"),
    [("/srv/mirror", ""), ("https://mirror.example/one", "PEM"), ("http://127.0.0.1:8000/", "")],
)
def test_places(where: str, certificate: str) -> None:
    check_place(where, certificate)


@pytest.fixture
def served(folder: Path) -> Iterator[str]:
    with _served(folder) as address:
        yield address


@contextmanager
def _served(folder: Path, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve the folder as any server of files does."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Say nothing of who went away."""

    server = Server(("127.0.0.1", 0), partial(Quiet, directory=str(folder.parent)))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    scheme = "http" if context is None else "https"
    try:
        yield f"{scheme}://127.0.0.1:{server.server_address[1]}/{folder.name}"
    finally:
        server.shutdown()
        server.server_close()


def _certificate(folder: Path, name: str) -> tuple[str, ssl.SSLContext]:
    """Return a certificate of a server, and what serves with it."""
    pem, private = new_certificate(name, ["127.0.0.1"], datetime.now(UTC), b"password")
    (folder / f"{name}.pem").write_text(pem)
    (folder / f"{name}.key").write_bytes(private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key", "password")
    return pem, context


def _replaced(node: Any, **changes: Any) -> Any:
    from dataclasses import replace

    return replace(node, **changes)


def _with(node: Any, **changes: Any) -> Any:
    return _replaced(node, config=node.config.model_copy(update=changes))
