"""Exports: what the offline verifier proves, and 200 ways of tampering that it finds.

The outsider has the file; the insider is the node itself, has its keys, and signs whatever he changed anew. He lacks the
partner's key.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from typing import Any

import pytest
from tests.services.evidence.cast import Pair, card_of, node, pair
from tests.services.evidence.test_verify import grown

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.crypto.encoding import to_text
from comity.core.evidence import note
from comity.core.evidence.export import check_against, open_export, seal_origin
from comity.core.evidence.frontier import Frontier
from comity.core.evidence.trust import Anchors
from comity.core.identity.card import open_card
from comity.core.identity.fingerprint import fingerprint
from comity.errors import InputError
from comity.services.context import Node
from comity.services.evidence.checkpoint import show_all
from comity.services.evidence.export import export_lines

pytestmark = pytest.mark.django_db(databases=["be", "ma"])

Documents = list[dict[str, Any]]


@pytest.fixture
def both() -> Pair:
    return grown()


def _read(lines: list[bytes]) -> Documents:
    return [canonical.decode(line[:-1]) for line in lines]


def _write(documents: Documents) -> list[bytes]:
    return [canonical.encode(one) + b"\n" for one in documents]


def _signed(one: Node, text: bytes, origin: str) -> str:
    (signature,) = one.keys.sign_note(Regime.POLICE, [text])
    return note.signature_line(origin, one.keys.held_keys(Regime.POLICE)[0].sign_public, signature)


def insider(one: Node, documents: Documents) -> list[bytes]:
    """Make everything consistent again that the node can make consistent: numbers, roots, its signatures, the seal."""
    tree, count, log = Frontier(), 0, None
    body: list[bytes] = []
    for document in documents[:-1]:
        if document["type"] == "log":
            tree, count, log = Frontier(), 0, document
            size = sum(1 for _ in _entries_of(documents, document))
            document = document | {"size": size}
        elif document["type"] == "entry":
            document = document | {"n": count}
            tree.append(canonical.encode(document["leaf"]))
            count += 1
        elif document["type"] == "checkpoint" and log is not None:
            lines = document["note"].split("\n\n")[1].splitlines(keepends=True)
            text = note.checkpoint_text(note.Checkpoint(log["origin"], count, tree.root()))
            document = document | {"note": note.assemble(text, _signed(one, text, log["origin"]), *lines[1:])}
        body.append(canonical.encode(document) + b"\n")
    origin = seal_origin(one.service)
    whole = hashlib.sha256(b"".join(body)).digest()
    text = note.checkpoint_text(note.Checkpoint(origin, len(body), whole))
    return [*body, *_write([{"type": "end", "note": note.assemble(text, _signed(one, text, origin))}])]


def _entries_of(documents: Documents, log: dict[str, Any]) -> Documents:
    at = next(index for index, one in enumerate(documents) if one is log)
    found = []
    for one in documents[at + 1 :]:
        if one["type"] in ("log", "witness", "end"):
            break
        if one["type"] == "entry":
            found.append(one)
    return found


def test_an_export_proves_itself(both: Pair) -> None:
    report = open_export(export_lines(both.be))
    internal, bilateral = report.logs
    assert (bilateral.covered, bilateral.tail, internal.covered) == (363, 3, 28)
    assert bilateral.tail_since == internal.tail_since == both.clock()
    assert [party.anchored for party in report.parties] == [False, False]
    assert open_export(insider(both.be, _read(list(export_lines(both.be))))).entries == report.entries
    known = Anchors(
        cards=(card_of(both.be),), fingerprints=(" ".join(fingerprint(open_card(card_of(both.ma)))),)
    )
    assert all(party.anchored for party in open_export(export_lines(both.be), known).parties)


def test_nothing_personal_leaves(both: Pair) -> None:
    assert b"Fictitious" not in b"".join(
        line for line in export_lines(both.be) if b'"type":"card"' not in line
    )


def test_a_hundred_tamperings_by_an_outsider(both: Pair) -> None:
    lines = list(export_lines(both.be))
    chance = random.Random(1)
    for _ in range(100):
        changed = list(lines)
        at = chance.randrange(len(changed))
        act = chance.randrange(4)
        if act == 0:
            octets = bytearray(changed[at])
            octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
            changed[at] = bytes(octets)
        elif act == 1:
            del changed[at]
        elif act == 2:
            changed.insert(chance.randrange(len(changed)), changed[at])
        else:
            other = chance.randrange(len(changed) - 1)
            other += other >= at
            changed[at], changed[other] = changed[other], changed[at]
        with pytest.raises(InputError):
            open_export(changed)


def test_a_hundred_tamperings_by_the_node_itself(both: Pair) -> None:
    """Every change at or before the last countersigned checkpoint, all else signed anew, is found."""
    lines = list(export_lines(both.be))
    chance = random.Random(2)
    acts: list[Callable[[Documents, int, int], None]] = [_change, _omit, _insert, _swap, _backdate]
    codes = set()
    for round_ in range(100):
        documents = _read(lines)
        bilateral = [one for one in documents if one["type"] == "log"][1]
        entries = _entries_of(documents, bilateral)[:363]
        first = documents.index(entries[0])
        where = [first + n for n, one in enumerate(documents[first:]) if one["type"] == "entry"][:363]
        at, other = chance.sample(where, 2)
        acts[round_ % len(acts)](documents, at, other)
        with pytest.raises(InputError) as caught:
            open_export(insider(both.be, documents))
        codes.add(caught.value.code)
    assert codes <= {"evidence.cosignature", "evidence.unopened", "evidence.malformed"}


def _change(documents: Documents, at: int, other: int) -> None:
    leaf = dict(documents[at]["leaf"])
    leaf["facts"] = {**leaf["facts"], "message": f"other-{other}"}
    documents[at] = documents[at] | {"leaf": leaf}


def _omit(documents: Documents, at: int, other: int) -> None:
    del documents[at]


def _insert(documents: Documents, at: int, other: int) -> None:
    leaf = {
        "v": 1,
        "kind": "message.invented",
        "at": "2026-11-23T20:15:00.000Z",
        "facts": {},
        "commitment": None,
    }
    documents.insert(at, {"type": "entry", "n": 0, "leaf": leaf})


def _swap(documents: Documents, at: int, other: int) -> None:
    documents[at], documents[other] = documents[other], documents[at]
    if documents[at]["leaf"] == documents[other]["leaf"]:
        _change(documents, at, other)


def _backdate(documents: Documents, at: int, other: int) -> None:
    documents[at] = documents[at] | {"leaf": documents[at]["leaf"] | {"at": "2026-01-01T00:00:00.000Z"}}


def test_the_internal_log_is_held_by_its_leaves(both: Pair) -> None:
    documents = _read(list(export_lines(both.be)))
    internal = next(one for one in documents if one["type"] == "log")
    at = documents.index(_entries_of(documents, internal)[20])
    _backdate(documents, at, 0)
    with pytest.raises(InputError, match=r"evidence\.unopened"):
        open_export(insider(both.be, documents))
    documents = _read(list(export_lines(both.be)))
    leaf = next(one for one in documents if "salt" in one)
    for name in ("salt", "log", "size"):
        del leaf[name]
    with pytest.raises(InputError, match=r"evidence\.malformed"):
        open_export(insider(both.be, documents))


def test_a_countersignature_by_an_invented_partner(both: Pair) -> None:
    """The insider invents a partner's keys and card, rewrites history and countersigns it himself."""
    fake = node("ma")
    fake = Node(
        fake.service, "ma", fake.config, type(fake.keys).generate([Regime.POLICE], _other_random), fake.clock
    )
    documents = _read(list(export_lines(both.be)))
    cards = [index for index, one in enumerate(documents) if one["type"] == "card"]
    documents[cards[1]] = {"type": "card", "card": to_text(card_of(fake))}
    first = documents.index(_entries_of(documents, [one for one in documents if one["type"] == "log"][1])[0])
    _backdate(documents, first, 0)
    forged = [canonical.decode(line[:-1]) for line in insider(both.be, documents)]
    for document in forged:
        if document["type"] == "checkpoint" and document["note"].count("\u2014") == 2:
            text, lines = document["note"].split("\n\n")
            octets = (text + "\n").encode()
            (signature,) = fake.keys.sign_note(Regime.POLICE, [note.cosignature_text(octets, both.clock())])
            name = note.witness_name(fake.service, Regime.POLICE)
            public = fake.keys.held_keys(Regime.POLICE)[0].sign_public
            line = note.cosignature_line(name, public, signature, both.clock())
            document["note"] = note.assemble(octets, lines.splitlines(keepends=True)[0], line)
    rewritten = insider(both.be, forged)
    assert not any(party.anchored for party in open_export(rewritten).parties), "only its fingerprint tells"
    for anchors in (
        Anchors(cards=(card_of(both.ma),)),
        Anchors(fingerprints=(" ".join(fingerprint(open_card(card_of(both.ma)))),)),
    ):
        with pytest.raises(InputError, match=r"evidence\.anchor"):
            open_export(rewritten, anchors)


def _other_random(length: int) -> bytes:
    return hashlib.shake_128(b"other" + bytes([length])).digest(length)


def test_what_the_partner_countersigned_convicts_a_shortened_or_forked_log(both: Pair) -> None:
    theirs = open_export(export_lines(both.ma))
    lines = list(export_lines(both.be))
    assert check_against(open_export(lines), theirs) == 1
    documents = _read(lines)
    last = [index for index, one in enumerate(documents) if one["type"] == "checkpoint"][-2]
    shortened = insider(both.be, [*documents[: last + 1], documents[-1]])
    report = open_export(shortened)
    assert report.logs[1].tail == 0, "by itself a shorter history looks whole"
    with pytest.raises(InputError, match=r"evidence\.contradicted"):
        check_against(report, theirs)
    gone = insider(both.be, [one for one in documents if one["type"] in ("export", "card", "end")])
    with pytest.raises(InputError, match=r"evidence\.contradicted"):
        check_against(open_export(gone), theirs)


def test_rotated_keys_still_verify() -> None:
    from comity.storage import partners

    both = pair()
    both.act(both.be, 3)
    show_all(both.be, both.ask_from(both.be))
    for one in (both.be, both.ma):
        one.keys.create_keys(Regime.POLICE)
        one.keys.activate_keys(Regime.POLICE)
        renewed = card_of(one, 2)
        partners.add_own_card(one.alias, 2, renewed, both.clock())
        row = partners.find(both.other(one).alias, one.service)
        assert row is not None
        row.card = renewed
        partners.save(both.other(one).alias, row, both.clock())
    both.act(both.be, 3)
    assert show_all(both.be, both.ask_from(both.be)) == 1
    anchors = Anchors(cards=(card_of(both.ma, 2), card_of(both.be, 2)))
    report = open_export(export_lines(both.be), anchors)
    assert report.logs[-1].covered == 6
    assert [party.anchored for party in report.parties] == [True, True]


def test_a_key_must_have_held_when_it_countersigned(both: Pair) -> None:
    documents = _read(list(export_lines(both.be)))
    late = both.clock()
    both.clock.move(days=400)
    text_lines = next(
        one for one in documents if one["type"] == "checkpoint" and one["note"].count("\u2014") == 2
    )
    text, lines = text_lines["note"].split("\n\n")
    octets = (text + "\n").encode()
    (signature,) = both.ma.keys.sign_note(Regime.POLICE, [note.cosignature_text(octets, both.clock())])
    public = both.ma.keys.held_keys(Regime.POLICE)[0].sign_public
    line = note.cosignature_line(
        note.witness_name(both.ma.service, Regime.POLICE), public, signature, both.clock()
    )
    text_lines["note"] = note.assemble(octets, lines.splitlines(keepends=True)[0], line)
    assert late < both.clock()
    with pytest.raises(InputError, match=r"evidence\.key-validity"):
        open_export(insider(both.be, documents))


def test_values_of_any_type_are_refused_not_a_crash(both: Pair) -> None:
    documents = _read(list(export_lines(both.be)))
    chance = random.Random(3)
    values: list[Any] = [
        None,
        True,
        -1,
        2**53 - 1,
        1.5,
        "",
        "x",
        [],
        {},
        [[]],
        {"a": 1},
        "\u2028",
        "comity/x/1",
    ]
    kinds = {one["type"]: index for index, one in enumerate(documents)}
    for kind, index in kinds.items():
        for key in documents[index]:
            for value in values:
                changed = [*documents[:index], documents[index] | {key: value}, *documents[index + 1 :]]
                if kind in ("entry", "checkpoint") and chance.random() < 0.7:
                    continue
                with pytest.raises(InputError):
                    open_export(_write(changed[: index + 40]))


@pytest.mark.parametrize(
    "octets", [b"", b"\n", b"{}\n", b'{"type":"end"}\n', b'{"type":"_x"}\n', b"\xff\n", b"[" * 99 + b"\n"]
)
def test_what_is_no_export_is_refused(octets: bytes) -> None:
    with pytest.raises(InputError):
        open_export(octets.splitlines(keepends=True))
