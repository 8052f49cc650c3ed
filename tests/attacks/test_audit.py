"""A dishonest asker against the audit: over the justification as stored, the request as signed, the evidence of both."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.services.probe.land import BE, KEEPER, MA, Land
from typer.testing import CliRunner

from comity.cli.probe import app
from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.crypto.encoding import from_text, to_text
from comity.core.crypto.seal import open_private, unseal
from comity.core.crypto.voprf import client
from comity.core.crypto.voprf.layout import KeyClass
from comity.core.crypto.voprf.seeded import blind_of
from comity.core.envelope.call import read_call, verify_call
from comity.core.probe import exchange
from comity.core.probe.audit import Opened, verify_openings, verify_search
from comity.core.probe.opening import Candidate, Strength
from comity.core.probe.query import Query, read_query
from comity.core.probe.rules.commonness import Commonness
from comity.core.probe.rules.profile import CP1
from comity.core.probe.rules.tokens import query_tokens
from comity.core.probe.wire import put_together
from comity.errors import InputError, PeerError
from comity.services.partners.directory import signing_keys
from comity.services.probe import ask as asking
from comity.services.probe import parts, replica
from comity.services.probe.asking import look
from comity.services.probe.audit import audit
from comity.services.watch.justification import justification_info
from comity.services.watch.remembered import case_pseudonym
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.probe import AskedState, ProbeAsked

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

KNOWN = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"}
SOMEBODY = {"given": "Hassan", "family": "Mekkaoui", "dob": "1960-04-04"}
REAL_TARGET = {"given": "Noureddine", "family": "El Khalfaoui", "dob": "1974-11-30"}


@pytest.fixture
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as made:
        yield made


def search() -> ProbeAsked:
    return ProbeAsked.objects.using("be").get()


def received(kind: str, fact: str) -> str:
    """Return what the partner's evidence states to have received."""
    leaves = [json.loads(bytes(row.leaf)) for row in EvidenceEntry.objects.using("ma").all()]
    return str(next(leaf["facts"][fact] for leaf in leaves if leaf["kind"] == kind))


def signed(land: Land, name: str) -> dict[str, Any]:
    """Return the body of the latest call of a name that crossed the line, its signature verified."""
    for _, path, octets in reversed(land.network.seen):
        if path.endswith("call"):
            call = read_call(octets)
            if call.claimed.name == name:
                keys = signing_keys(land.ma, BE, Regime.POLICE, land.clock())
                verified = verify_call(call, keys, recipient=MA, now=land.clock(), skew=timedelta(minutes=5))
                return put_together(verified.document.body, verified.attachment, "probe.request-malformed")
    raise AssertionError(name)


def opened(land: Land) -> Opened:
    found = land.justification(search())
    query = Query.model_validate_json(canonical.encode(found["query"]))
    nonce, seed = from_text(str(found["nonce"])), from_text(str(found["blind_seed"]))
    return Opened(nonce, query.to_octets(), str(found["case"]), seed)


def octets_of(opened_: Opened) -> dict[KeyClass, list[bytes]]:
    query = Query.model_validate_json(opened_.query)
    tokens = query_tokens(CP1, Commonness(), query)
    return {key_class: [token.octets for token in own] for key_class, own in tokens.items()}


def points(body: dict[str, Any]) -> list[bytes]:
    return [from_text(point) for point in body["points"]]


@pytest.mark.parametrize("subject", [KNOWN, SOMEBODY])
def test_an_honest_search_passes_against_the_evidence_of_both(
    land: Land, officer_key: Path, subject: dict[str, str]
) -> None:
    outcome = land.ask(**subject)
    found = audit(
        land.be,
        outcome.rid,
        officer_key,
        KEEPER,
        reason="yearly audit",
        received=received("probe.answered", "request"),
        received_openings=received("probe.opened", "openings"),
    )
    assert found.query == read_query(subject)
    assert (found.case, found.actor, found.compared) == ("BE-2026-17", "amina", True)
    assert found.opened == (1 if outcome.strength is Strength.HIT else 0)
    assert found.looked_up
    leaves = [bytes(row.leaf) for row in EvidenceEntry.objects.using("be").filter(scope="internal")]
    assert sum(b'"probe.audited"' in leaf for leaf in leaves) == 1
    assert not any(b"Mekkaoui" in leaf or b"Bourgheda" in leaf for leaf in leaves)


def test_a_swapped_person_is_found_and_the_slot_is_named(
    land: Land, officer_key: Path, patch: pytest.MonkeyPatch
) -> None:
    """One person is justified; the points ask for another, who is found."""
    patch.setattr(
        asking,
        "query_tokens",
        lambda rules, known, query: query_tokens(rules, known, read_query(REAL_TARGET)),
    )
    outcome = land.ask(**SOMEBODY)
    assert outcome.strength is Strength.POSSIBLE or outcome.strength is Strength.HIT
    with pytest.raises(PeerError, match=r"^probe\.audit-request"):
        audit(land.be, outcome.rid, officer_key, KEEPER, reason="yearly audit")
    stated = opened(land)
    with pytest.raises(PeerError, match=r"^probe\.audit-point") as raised:
        verify_search(
            stated, search().commitment, CP1.layout, octets_of(stated), points(signed(land, "probe"))
        )
    assert raised.value.facts == {"key_class": "o", "slot": 0}


def smuggling(asked: exchange.Asked, seed: bytes, place: int) -> exchange.Asked:
    """Put a token of somebody else into a slot that is said to be unused."""
    token = query_tokens(CP1, Commonness(), read_query(REAL_TARGET))[KeyClass.CONJUNCTION][0]
    elements = list(asked.blinding.elements)
    elements[place] = client.blind(token.octets, blind_of(seed, *CP1.layout.place(place)))
    asked.blinding.elements = tuple(elements)
    return asked


@pytest.mark.parametrize("place", [0, 1, 22, 23])
def test_a_smuggled_slot_is_found_and_named(
    land: Land, officer_key: Path, patch: pytest.MonkeyPatch, place: int
) -> None:
    taken = exchange.ask

    def ask(rules: Any, tokens: Any, seed: bytes) -> exchange.Asked:
        return smuggling(taken(rules, tokens, seed), seed, place)

    with pytest.MonkeyPatch.context() as inner:
        inner.setattr(exchange, "ask", ask)
        outcome = land.ask(**SOMEBODY)
    with pytest.raises(PeerError, match=r"^probe\.audit-request"):
        audit(land.be, outcome.rid, officer_key, KEEPER, reason="yearly audit")
    stated = opened(land)
    name, slot = CP1.layout.place(place)
    with pytest.raises(PeerError, match=r"^probe\.audit-point") as raised:
        verify_search(
            stated, search().commitment, CP1.layout, octets_of(stated), points(signed(land, "probe"))
        )
    assert raised.value.facts == {"key_class": name.value, "slot": slot}


def test_a_node_that_lies_in_its_own_evidence_is_found_by_the_partners(
    land: Land, officer_key: Path, patch: pytest.MonkeyPatch
) -> None:
    """Justification and own log state the honest request; another one was sent. Only the partner knows that."""
    taken = asking.sent

    def sent(node: Any, channels: Any, search_: Any, kind: str, body: dict[str, Any]) -> Any:
        if kind != "probe":
            return taken(node, channels, search_, kind, body)
        other = exchange.ask(CP1, query_tokens(CP1, Commonness(), read_query(REAL_TARGET)), b"\7" * 32)
        return taken(node, channels, search_, kind, {**body, "points": list(other.points)})

    patch.setattr(asking, "sent", sent)
    with pytest.raises(PeerError, match=r"probe\.proof"):
        land.ask(**SOMEBODY)  # a node that lies would go on with its own copy; what it sent is what counts
    rid = search().rid
    assert not audit(land.be, rid, officer_key, KEEPER, reason="yearly audit").compared
    with pytest.raises(PeerError, match=r"^probe\.audit-request"):
        audit(
            land.be,
            rid,
            officer_key,
            KEEPER,
            reason="yearly audit",
            received=received("probe.answered", "request"),
        )


def test_an_opening_of_another_record_is_found(
    land: Land, officer_key: Path, patch: pytest.MonkeyPatch
) -> None:
    """A record key that some earlier search yielded is opened under a search that is justified."""
    taken = exchange.ask_openings
    patch.setattr(exchange, "ask_openings", lambda keys, seed: taken([*keys, b"\5" * 16], seed))
    with pytest.raises(ValueError, match="zip"):
        land.ask(**SOMEBODY)
    patch.undo()
    rid = ProbeAsked.objects.using("be").get().rid
    ProbeAsked.objects.using("be").update(state=AskedState.FAILED)
    stated = opened(land)
    sent = points(signed(land, "probe-open"))
    with pytest.raises(PeerError, match=r"^probe\.audit-point") as raised:
        verify_openings(stated, [], sent)
    assert raised.value.facts == {"key_class": "open", "slot": 0}
    with pytest.raises(PeerError, match=r"^probe\.audit-request"):
        audit(
            land.be,
            rid,
            officer_key,
            KEEPER,
            reason="yearly audit",
            received_openings=received("probe.opened", "openings"),
        )


def test_a_record_that_the_search_does_not_find_may_not_be_opened(
    land: Land, officer_key: Path, patch: pytest.MonkeyPatch
) -> None:
    """The key of somebody's record, known from an earlier search, is opened under a search for another, and justified so."""
    land.ask(**REAL_TARGET)
    known = bytes(ProbeAsked.objects.using("be").get().opened or b"")
    info = justification_info(search().rid, search().commitment)
    key = unseal(open_private(land.secret), info, known)[:16]
    ProbeAsked.objects.using("be").all().delete()
    patch.setattr(look, "to_open", lambda found: (Candidate(key, 0, frozenset({"names-year"})),))
    outcome = land.ask(**SOMEBODY)
    with pytest.raises(PeerError, match=r"^probe\.audit-opened"):
        audit(land.be, outcome.rid, officer_key, KEEPER, reason="yearly audit")


def test_an_answer_that_was_not_given_is_no_excuse(
    land: Land, officer_key: Path, patch: pytest.MonkeyPatch
) -> None:
    """The answer kept for the audit is verified against the manifest, not believed."""
    patch.setattr(look, "answered_octets", lambda answer: bytes(24 * 32 + 2 * 64))
    outcome = land.ask(**KNOWN)
    with pytest.raises(PeerError, match=r"^probe\.(element|proof)"):
        audit(land.be, outcome.rid, officer_key, KEEPER, reason="yearly audit")


def test_an_index_that_is_gone_is_said_to_be(land: Land, officer_key: Path) -> None:
    outcome = land.ask(**KNOWN)
    for path in parts.replica_folder(land.be).iterdir():
        path.unlink()
    replica._mapped.cache_clear()
    assert not audit(land.be, outcome.rid, officer_key, KEEPER, reason="yearly audit").looked_up


def test_a_case_that_stands_for_another_is_found(
    land: Land, officer_key: Path, patch: pytest.MonkeyPatch
) -> None:
    """A fresh pseudonym for each search would lift the quota of the case."""
    taken = case_pseudonym
    patch.setattr(asking, "case_pseudonym", lambda node, partner, case: taken(node, partner, case + "-bis"))
    outcome = land.ask(**SOMEBODY)
    with pytest.raises(PeerError, match=r"^probe\.audit-request"):
        audit(land.be, outcome.rid, officer_key, KEEPER, reason="yearly audit")


@pytest.mark.parametrize("part", ["query", "case", "nonce", "blind_seed"])
def test_a_justification_written_afterwards_breaks_the_commitment(land: Land, part: str) -> None:
    land.ask(**SOMEBODY)
    stated = opened(land)
    other = {
        "query": read_query(KNOWN).to_octets(),
        "case": "another",
        "nonce": b"\1" * 32,
        "blind_seed": b"\1" * 32,
    }
    with pytest.raises(PeerError, match=r"^probe\.audit-commitment"):
        verify_search(
            replace(stated, **{part: other[part]}),
            search().commitment,
            CP1.layout,
            octets_of(stated),
            points(signed(land, "probe")),
        )


def test_only_the_officers_key_opens_a_search(land: Land, officer_key: Path) -> None:
    outcome = land.ask(**SOMEBODY)
    with pytest.raises(InputError, match=r"^probe\.search-unknown"):
        audit(land.be, "0" * 32, officer_key, KEEPER, reason="yearly audit")
    document = json.loads(officer_key.read_text())
    officer_key.write_text(json.dumps({**document, "private": to_text(b"\3" * len(land.secret))}))
    with pytest.raises((PeerError, InputError), match=r"^sealing\.|^officer\."):
        audit(land.be, outcome.rid, officer_key, KEEPER, reason="yearly audit")


def test_shapes_of_requests_do_not_depend_on_the_attack(land: Land) -> None:
    """What is smuggled cannot be seen by the partner: finding it is the audit's work alone."""
    land.ask(**SOMEBODY)
    honest = signed(land, "probe")
    land.ask(**KNOWN)
    sizes: Sequence[int] = [len(canonical.encode(body)) for body in (honest, signed(land, "probe"))]
    assert sizes[0] == sizes[1]


def test_the_command_shows_the_officer_whom_a_search_was_for(
    land: Land, officer_key: Path, patch: pytest.MonkeyPatch
) -> None:
    """`comity probe audit`: the person and the verdict with the key, a refusal when the partner states another request."""
    patch.setattr(sys.modules["comity.cli.probe.audit"], "opened", lambda home: land.be)
    rid = land.ask(**SOMEBODY).rid
    words = ["probe", "audit", rid, "--home", str(officer_key.parent), "--key", str(officer_key)]
    words += ["--reason", "yearly audit"]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 0, shown.output
    assert "Mekkaoui" in shown.output
    assert "every point of the request follows from this person" in shown.output
    assert "Not compared with what the partner received" in shown.output
    compared = json.loads(
        CliRunner()
        .invoke(app, [*words, "--received", received("probe.answered", "request"), "--json"])
        .output
    )
    assert (compared["compared"], compared["opened"], compared["case"]) == (True, 0, "BE-2026-17")
    refused = CliRunner().invoke(app, [*words, "--received", "0" * 64])
    assert isinstance(refused.exception, PeerError)
    assert refused.exception.code == "probe.audit-request"
