"""The malicious partner corpus: each case is wrong in one way, has its code, and changes nothing.

A batch that is wrong as a whole leaves no row anywhere. A message that is wrong inside a good batch leaves the receipt,
its evidence, and nothing else. Source of the classes: docs/threat-model.md.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.federation import effects
from tests.federation.malice import Batch, at, drop, flip, put, reheaded
from tests.federation.world import BE, MA, THIRD, World, make_world, node_keys, set_state

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.crypto.agent import TokenType
from comity.core.crypto.encoding import to_text
from comity.core.envelope import frame
from comity.core.envelope.batch import payload_of
from comity.core.envelope.limits import FRAME_BYTES, SEALED_BYTES
from comity.core.envelope.receipt import Receipt, receipt_token
from comity.errors import ComityError
from comity.services.exchange.receive import receive_batch

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

Make = Callable[[World], Batch]
CHANGED_BY_A_REFUSAL = {"storage_acceptedbatch", "storage_evidenceentry", "storage_lane"}


def batch(**hooks: Any) -> Make:
    return lambda world: Batch(world, **hooks)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def hmac_signed(token: str) -> str:
    """HS256 with the public key as secret: the classic confusion."""
    head = to_text(canonical.encode({"alg": "HS256", "kid": KID, "typ": TokenType.BATCH.value}))
    payload = token.split(".")[1]
    secret = node_keys(BE).public_keys(Regime.POLICE).sign_public
    mark = hmac.new(secret, f"{head}.{payload}".encode(), hashlib.sha256).digest()
    return f"{head}.{payload}.{to_text(mark)}"


def unencoded(token: str) -> str:
    head, _, mark = token.split(".")
    return f"{head}..{mark}"


def padded(token: str) -> str:
    head, payload, mark = token.split(".")
    return f"{head}.{payload}=.{mark}"


def high_s(token: str) -> str:
    """Add the order of the group to S: the same signature to a careless verifier."""
    head, payload, mark = token.split(".")
    raw = base64.urlsafe_b64decode(mark + "==")
    order = 2**252 + 27742317777372353535851937790883648493
    s = (int.from_bytes(raw[32:], "little") + order).to_bytes(32, "little")
    return f"{head}.{payload}.{to_text(raw[:32] + s)}"


KID = node_keys(BE).public_keys(Regime.POLICE).sign_kid

WHOLE: dict[str, tuple[str, Make]] = {
    # The frame.
    "empty": ("frame.size", batch(octets=lambda o: b"")),
    "one byte too many": ("frame.size", batch(octets=lambda o: o + b"\0")),
    "one byte too few": ("frame.size", batch(octets=lambda o: o[:-1])),
    "larger class than needed": ("frame.size", batch(octets=lambda o: o + bytes(16384 - len(o)))),
    "over the limit": ("frame.too-large", batch(octets=lambda o: bytes(FRAME_BYTES + 1))),
    "wrong magic": ("frame.malformed", batch(octets=lambda o: b"CMT2" + o[4:])),
    "no parts": ("frame.parts", batch(octets=lambda o: o[:4] + b"\0" + o[5:])),
    "255 parts": ("frame.parts", batch(octets=lambda o: o[:4] + b"\xff" + o[5:])),
    "length beyond the end": ("frame.malformed", batch(octets=lambda o: o[:5] + b"\xff\xff\xff\xff" + o[9:])),
    "hidden bytes in the padding": ("frame.padding", batch(octets=lambda o: o[:-1] + b"\1")),
    "token not ascii": ("signature.malformed", batch(token=lambda t: "é" + t)),
    "token of two pieces": ("signature.malformed", batch(token=lambda t: t.rsplit(".", 1)[0])),
    "token of five pieces": ("signature.malformed", batch(token=lambda t: t + ".a.b")),
    "a receipt posted as a batch": ("signature.type", batch(typ=TokenType.RECEIPT)),
    "a call posted as a batch": ("signature.type", batch(typ=TokenType.CALL)),
    "an agreement posted as a batch": ("signature.type", batch(typ=TokenType.AGREEMENT)),
    # The signature.
    "alg none": ("signature.algorithm", batch(token=reheaded(alg="none"))),
    "alg EdDSA": ("signature.algorithm", batch(token=reheaded(alg="EdDSA"))),
    "alg HS256 with the public key": ("signature.algorithm", batch(token=hmac_signed)),
    "crit": ("signature.malformed", batch(token=reheaded(crit=["exp"]))),
    "b64 false": ("signature.malformed", batch(token=reheaded(b64=False))),
    "jwk inside": ("signature.malformed", batch(token=reheaded(jwk={"kty": "OKP"}))),
    "jku": ("signature.malformed", batch(token=reheaded(jku="https://evil.example/keys"))),
    "x5u": ("signature.malformed", batch(token=reheaded(x5u="https://evil.example/chain"))),
    "kid is a path": ("signature.malformed", batch(token=reheaded(kid="../../etc/passwd"))),
    "kid is a number": ("signature.malformed", batch(token=reheaded(kid=7))),
    "kid unknown": ("signature.unknown-key", batch(token=reheaded(kid="0" * 16))),
    "signature cut": ("signature.malformed", batch(token=lambda t: t[:-4])),
    "signature empty": ("signature.malformed", batch(token=lambda t: t.rsplit(".", 1)[0] + ".")),
    "signature of zeros": (
        "signature.bad",
        batch(token=lambda t: t.rsplit(".", 1)[0] + "." + to_text(bytes(64))),
    ),
    "signature not reduced": ("signature.bad", batch(token=high_s)),
    "payload left out": ("json.malformed", batch(token=unencoded)),
    "payload padded": ("signature.malformed", batch(token=padded)),
    "signed by another service": ("signature.unknown-key", batch(keys=node_keys(THIRD))),
    "signed under another regime's key": (
        "signature.unknown-key",
        lambda w: Batch(w, regime=Regime.RETURN_IDENTIFICATION, manifest=put(regime="police")),
    ),
    # The manifest.
    "not JSON": ("json.malformed", batch(payload=lambda p: b"hello")),
    "byte order mark": ("json.malformed", batch(payload=lambda p: b"\xef\xbb\xbf" + p)),
    "not UTF-8": ("json.malformed", batch(payload=lambda p: p.replace(b"drugs", b"dr\xffgs"))),
    "white space": ("json.not-canonical", batch(payload=lambda p: p + b" ")),
    "keys not sorted": (
        "json.not-canonical",
        batch(payload=lambda p: b'{"v":1,' + p[1:-7] + b"}"),
    ),
    "escaped letters": ("json.not-canonical", batch(payload=lambda p: p.replace(b"drugs", b"\\u0064rugs"))),
    "duplicate key": ("json.duplicate-key", batch(payload=lambda p: p[:-1] + b',"v":1}')),
    "duplicate key deep inside": (
        "json.duplicate-key",
        batch(payload=lambda p: p.replace(b'"kind":', b'"kind":"a","kind":', 1)),
    ),
    "too deep": ("json.too-deep", batch(payload=lambda p: nested(60_000))),
    "a little too deep": ("json.too-deep", batch(payload=lambda p: nested(6))),
    "too large": ("json.too-large", batch(payload=lambda p: b'"' + b"x" * 200_000 + b'"')),
    "NaN": ("json.malformed", batch(payload=lambda p: p.replace(b'"v":1}', b'"v":NaN}'))),
    "huge exponent": ("json.not-canonical", batch(payload=lambda p: p.replace(b'"v":1}', b'"v":1e999}'))),
    "million digits": ("json.malformed", batch(payload=lambda p: b"1" * 100_000)),
    "lone surrogate": ("json.not-canonical", batch(payload=lambda p: p.replace(b'"drugs"', b'"\\ud800"'))),
    "NUL": ("envelope.manifest", batch(payload=lambda p: p.replace(b'"drugs"', b'"\\u0000"'))),
    "an array": ("envelope.manifest", batch(payload=lambda p: b"[]")),
    "unknown member": ("envelope.manifest", batch(manifest=put(extra=1))),
    "unknown member of a header": ("envelope.manifest", batch(header=put(extra=1))),
    "missing identifier": ("envelope.manifest", batch(manifest=drop("id"))),
    "version 2": ("envelope.manifest", batch(manifest=put(v=2))),
    "version true": ("envelope.manifest", batch(manifest=put(v=True))),
    "version as text": ("envelope.manifest", batch(manifest=put(v="1"))),
    "version of a header 2": ("envelope.manifest", batch(header=put(v=2))),
    "identifier upper case": ("envelope.manifest", batch(header=put(id="A" * 32))),
    "identifier too long": ("envelope.manifest", batch(header=put(id="a" * 33))),
    "identifier with a line feed": ("envelope.manifest", batch(header=put(id="a" * 32 + "\n"))),
    "identifier of a batch is a path": ("envelope.manifest", batch(manifest=put(id="../x"))),
    "sender is no service": ("envelope.manifest", batch(manifest=put(from_="nobody"))),
    "sender with a homoglyph": ("envelope.manifest", batch(manifest=put(from_="BE.federal-pоlice"))),
    "sender with a bidi mark": ("envelope.manifest", batch(manifest=put(from_="BE.federal-police‮"))),
    "kind with markup": ("envelope.manifest", batch(header=put(kind="<script>"))),
    "unknown act": ("envelope.manifest", batch(header=put(act="conquer"))),
    "unknown regime": ("envelope.manifest", batch(header=put(regime="secret"))),
    "unknown purpose": ("envelope.manifest", batch(header=put(purpose="curiosity"))),
    "unknown category": ("envelope.manifest", batch(header=put(data=["dreams"]))),
    "unknown subject": ("envelope.manifest", batch(header=put(subjects=["unknown"]))),
    "categories not sorted": ("envelope.manifest", batch(header=put(data=["names", "birth"]))),
    "category twice": ("envelope.manifest", batch(header=put(data=["names", "names"]))),
    "handling H9": ("envelope.manifest", batch(header=put(handling="H9"))),
    "deadline of a second": ("envelope.manifest", batch(header=put(deadline="PT1S"))),
    "deadline negative": ("envelope.manifest", batch(header=put(deadline="-P1D"))),
    "agreement is no digest": ("envelope.manifest", batch(header=put(agreement="BE-MA-2025"))),
    "clause with a bracket": ("envelope.manifest", batch(header=put(clause="a]b"))),
    "clause with a line feed": ("envelope.manifest", batch(header=put(clause="drugs.request\n"))),
    "kid of a seal is a URL": ("envelope.manifest", batch(header=put(kid="https://x"))),
    "time without zone": ("instant.malformed", batch(header=put(sent_at="2026-11-23T12:00:00.000"))),
    "time with an offset": ("instant.malformed", batch(header=put(sent_at="2026-11-23T13:00:00.000+01:00"))),
    "time with microseconds": ("instant.malformed", batch(header=put(sent_at="2026-11-23T12:00:00.000000Z"))),
    "time in Arabic digits": ("instant.malformed", batch(header=put(sent_at="٢٠٢٦-11-23T12:00:00.000Z"))),
    "30 February": ("instant.malformed", batch(header=put(sent_at="2026-02-30T12:00:00.000Z"))),
    "time is a number": ("envelope.manifest", batch(header=put(sent_at=1))),
    "no messages": ("envelope.manifest", batch(manifest=put(messages=[]))),
    "51 messages": ("envelope.manifest", batch(count=51)),
    "null messages": ("envelope.manifest", batch(manifest=put(messages=None))),
    # What the signature binds.
    "for another service": ("envelope.recipient", batch(recipient=THIRD)),
    "regime that this node does not have": ("envelope.regime", batch(manifest=put(regime="intelligence"))),
    "header from another service": ("envelope.mixed", batch(header=put(from_=str(THIRD)))),
    "header to another service": ("envelope.mixed", batch(header=put(to=str(THIRD)))),
    "header of another regime": ("envelope.mixed", batch(header=put(regime="return-identification"))),
    "one identifier twice": ("envelope.repeated", batch(count=2, header=put(id="a" * 32))),
    "part left out": ("envelope.parts", batch(parts=lambda p: p[:-1])),
    "part added": ("envelope.parts", batch(parts=lambda p: [*p, b"more"])),
    "parts exchanged": ("envelope.part", batch(count=2, parts=lambda p: [p[0], p[2], p[1]])),
    "part altered": ("envelope.part", batch(parts=lambda p: [p[0], flip(40)(p[1])])),
    "part cut": ("envelope.part", batch(parts=lambda p: [p[0], p[1][:-1]])),
    "part empty": ("envelope.part", batch(parts=lambda p: [p[0], b""])),
    "part too large": ("envelope.too-large", batch(sealed=lambda s: s + bytes(SEALED_BYTES))),
    "batch from the future": ("envelope.future", lambda w: Batch(w, manifest=put(sent_at=at(w, minutes=6)))),
    # The partner.
    "unknown partner": ("partner.unknown", batch(sender="FR.nobody")),
    "ourselves": ("signature.unknown-key", batch(sender=MA)),
}

EACH: dict[str, tuple[str, Make]] = {
    # Time.
    "from the future": (
        "envelope.future",
        lambda w: Batch(w, header=put(sent_at=at(w, minutes=6), expires_at=at(w, days=1))),
    ),
    "expired": (
        "envelope.expired",
        lambda w: Batch(w, header=put(sent_at=at(w, days=-3), expires_at=at(w, days=-2))),
    ),
    "lives too long": ("envelope.transit", lambda w: Batch(w, header=put(expires_at=at(w, days=8)))),
    "expires before it is sent": (
        "envelope.transit",
        lambda w: Batch(w, header=put(expires_at=at(w, days=-1))),
    ),
    "expires when it is sent": ("envelope.transit", lambda w: Batch(w, header=put(expires_at=at(w)))),
    "in the year 1": (
        "envelope.expired",
        batch(header=put(sent_at="0001-01-01T00:00:00.000Z", expires_at="0001-01-02T00:00:00.000Z")),
    ),
    "in the year 9999": (
        "envelope.future",
        batch(header=put(sent_at="9999-12-30T00:00:00.000Z", expires_at="9999-12-31T00:00:00.000Z")),
    ),
    # The seal.
    "sealed for another": (
        "envelope.sealed",
        lambda w: Batch(w, public=node_keys(THIRD).public_keys(Regime.POLICE).seal_public),
    ),
    "sealed bytes altered": ("envelope.sealed", batch(sealed=flip(-1))),
    "encapsulated key altered": ("envelope.sealed", batch(sealed=flip(0))),
    "X25519 part of zeros": ("envelope.sealed", batch(sealed=lambda s: s[:1088] + bytes(32) + s[1120:])),
    "classical part only": ("envelope.sealed", batch(sealed=lambda s: s[1088:])),
    "sealed to an unknown key": ("envelope.sealed", batch(header=put(kid="f" * 16))),
    "seal cut to nothing": ("envelope.sealed", batch(sealed=lambda s: b"")),
    "seal bound to another header": ("envelope.sealed", batch(info=lambda i: INFO_OTHER)),
    "header altered after sealing": ("envelope.sealed", batch(late_header=put(clause="drugs.request"))),
    # The content.
    "author is another service": ("signature.unknown-key", batch(author=node_keys(THIRD))),
    "content signed as a batch": ("signature.type", batch(inner_typ=TokenType.BATCH)),
    "content alg none": ("signature.algorithm", batch(inner_token=reheaded(alg="none"))),
    "content with jwk": ("signature.malformed", batch(inner_token=reheaded(jwk={}))),
    "content not a token": ("signature.malformed", batch(inner_token=lambda t: "hello")),
    "content empty": ("signature.malformed", batch(inner_token=lambda t: "")),
    "content not ascii": ("signature.malformed", batch(inner_token=lambda t: "é")),
    "content's signature altered": (
        "signature.bad",
        batch(inner_token=lambda t: t.rsplit(".", 1)[0] + "." + to_text(bytes(64))),
    ),
    "content for another header": ("content.header", batch(content=put(header="0" * 64))),
    "content without body": ("content.malformed", batch(content=drop("body"))),
    "body is a list": ("content.malformed", batch(content=put(body=[]))),
    "body is null": ("content.malformed", batch(content=put(body=None))),
    "content with more members": ("content.malformed", batch(content=put(more=1))),
    "content version 2": ("content.malformed", batch(content=put(v=2))),
    "content too deep": ("json.too-deep", batch(inner_payload=lambda p: nested(10_000))),
    "content too large": ("json.too-large", batch(inner_payload=lambda p: b'"' + b"x" * 270_000 + b'"')),
    "content not canonical": ("json.not-canonical", batch(inner_payload=lambda p: p + b"\n")),
    "content with a duplicate key": (
        "json.duplicate-key",
        batch(inner_payload=lambda p: p[:-1] + b',"v":1}'),
    ),
    "content with NaN": ("json.malformed", batch(inner_payload=lambda p: p.replace(b'"n":0', b'"n":NaN'))),
    "content with a lone surrogate": (
        "json.not-canonical",
        batch(inner_payload=lambda p: p.replace(b'"n":0', b'"n":"\\udc00"')),
    ),
    # The agreement.
    "kind that nobody handles": ("message.kind", batch(header=put(kind="unheard-of"))),
    "no agreement": ("agreement.unknown", batch(header=put(agreement=None))),
    "unknown agreement": ("agreement.unknown", batch(header=put(agreement="0" * 64))),
    "purpose outside": ("clause.none", batch(header=put(purpose="terrorism"))),
    "no purpose": ("policy.purpose-missing", batch(header=put(purpose=None))),
    "clause unknown": ("clause.unknown", batch(header=put(clause="everything"))),
    "act outside": ("clause.none", batch(header=put(act="probe"))),
    "category outside": ("law.decision", batch(header=put(data=["accounts"], subjects=["suspect"]))),
    "category outside, with a decision": (
        "clause.data",
        batch(header=put(data=["accounts"], subjects=["suspect"], decision="d" * 64)),
    ),
    "fingerprints without need": (
        "law.special",
        batch(header=put(data=["fingerprints"], subjects=["suspect"], decision="d" * 64)),
    ),
    "more of a witness than the law gives": (
        "law.fields",
        batch(header=put(data=["case-facts", "names"], subjects=["witness"], decision="d" * 64)),
    ),
    "no subject category": ("law.category", batch(header=put(data=["names"], decision="d" * 64))),
    "subject outside": ("clause.subject", batch(header=put(subjects=["missing"]))),
    "return purpose under police": ("law.return", batch(header=put(purpose="identification"))),
    "request without its urgency": ("envelope.deadline", batch(header=put(act="request"))),
    "request with a shorter deadline": (
        "envelope.deadline",
        batch(header=put(act="request", deadline="PT1H")),
    ),
    "urgency that the clause lacks": (
        "clause.urgency",
        batch(header=put(act="request", urgency="urgent-indirect")),
    ),
    "data in a proposal": (
        "policy.data-not-expected",
        batch(header=put(act="propose", data=["names"], subjects=["suspect"])),
    ),
    # Our own handler.
    "a kind on which our handler fails": ("message.unprocessable", batch(header=put(kind="test.poison"))),
    "a kind that breaks a constraint": ("message.unprocessable", batch(header=put(kind="test.breaking"))),
    "a kind that is refused by its handler": ("test.refused", batch(header=put(kind="test.refusing"))),
}

INFO_OTHER = b"comity/1 content " + bytes(32)


def refusal_of(world: World, octets: bytes) -> str:
    with pytest.raises(ComityError) as refused:
        receive_batch(world.ma, octets)
    return refused.value.code


def outcomes(octets: bytes) -> list[str | None]:
    receipt = Receipt.model_validate_json(payload_of(receipt_token(octets)), by_alias=True, by_name=False)
    return [outcome.code for outcome in receipt.outcomes]


def test_the_corpus_is_large_and_its_control_is_accepted(world: World) -> None:
    assert len(WHOLE) + len(EACH) >= 150
    assert outcomes(receive_batch(world.ma, Batch(world).build())) == [None]
    assert len(effects.seen(world.ma)) == 1


@pytest.mark.parametrize("name", WHOLE)
def test_a_wrong_batch_changes_nothing(world: World, name: str) -> None:
    code, make = WHOLE[name]
    octets = make(world).build()
    before = effects.rows_of_all_tables(world.ma)
    assert refusal_of(world, octets) == code
    assert effects.rows_of_all_tables(world.ma) == before


@pytest.mark.parametrize("name", EACH)
def test_a_wrong_message_changes_only_the_receipt(world: World, name: str) -> None:
    code, make = EACH[name]
    octets = make(world).build()
    before = effects.rows_of_all_tables(world.ma)
    assert outcomes(receive_batch(world.ma, octets)) == [code]
    after = effects.rows_of_all_tables(world.ma)
    assert {table for table in after if after[table] != before[table]} <= CHANGED_BY_A_REFUSAL
    assert after["storage_evidenceentry"] == before["storage_evidenceentry"] + 2


@pytest.mark.parametrize(
    "name", ["expired", "sealed bytes altered", "purpose outside", "a kind on which our handler fails"]
)
def test_a_wrong_message_takes_no_good_one_with_it(world: World, name: str) -> None:
    code, make = EACH[name]
    bad = replace(make(world), count=3)
    hooks = {hook: getattr(bad, hook) for hook in ("header", "sealed")}
    middle: dict[str, int] = dict.fromkeys(hooks, 0)

    def only_second(hook: str) -> Callable[[Any], Any]:
        def change(value: Any) -> Any:
            middle[hook] += 1
            return hooks[hook](value) if middle[hook] == 2 else (value if hook == "sealed" else None)

        return change

    octets = replace(bad, header=only_second("header"), sealed=only_second("sealed")).build()
    assert outcomes(receive_batch(world.ma, octets)) == [None, code, None]
    assert len(effects.seen(world.ma)) == 2


@pytest.mark.parametrize(
    ("state", "code"),
    [("pending", "partner.unconfirmed")],
)
def test_unconfirmed(world: World, state: str, code: str) -> None:
    set_state(world.ma, BE, state)
    assert refusal_of(world, Batch(world).build()) == code


@pytest.mark.parametrize("state", ["suspended", "revoked"])
def test_suspended_or_revoked_may_only_protect(world: World, state: str) -> None:
    set_state(world.ma, BE, state)
    assert outcomes(receive_batch(world.ma, Batch(world).build())) == [f"partner.{state}"]
    recall = put(act="recall", agreement=None, purpose=None)
    octets = Batch(world, header=recall, number="0190000000007000800000000001").build()
    assert outcomes(receive_batch(world.ma, octets)) == [None]


class TestReplay:
    def test_same_batch_identifier_other_content(self, world: World) -> None:
        receive_batch(world.ma, Batch(world).build())
        again = Batch(world, header=put(clause="drugs.request")).build()
        assert refusal_of(world, again) == "batch.replayed"

    def test_same_message_in_another_batch_is_acknowledged_once_more(self, world: World) -> None:
        octets = Batch(world).build()
        receive_batch(world.ma, octets)
        first, token, part = effects.seen(world.ma), *frame.unpack(octets)[:2]
        manifest = canonical.decode(payload_of(token.decode()))
        manifest["id"] = "b" * 32
        signed = node_keys(BE).sign(Regime.POLICE, TokenType.BATCH, [canonical.encode(manifest)])[0]
        assert outcomes(receive_batch(world.ma, frame.pack([signed.encode(), part]))) == [None]
        assert effects.seen(world.ma) == first

    def test_same_message_identifier_other_body(self, world: World) -> None:
        receive_batch(world.ma, Batch(world).build())
        first = effects.seen(world.ma)
        other = Batch(world, content=put(body={"n": 99}), manifest=put(id="b" * 32)).build()
        assert outcomes(receive_batch(world.ma, other)) == ["message.replayed"]
        assert effects.seen(world.ma) == first

    def test_one_partner_cannot_take_anothers_identifier(self, db: None) -> None:
        world = make_world(third=True)
        receive_batch(world.ma, Batch(world).build())
        recall = put(act="recall", agreement=None, purpose=None)
        theirs = Batch(world, keys=node_keys(THIRD), sender=THIRD, header=recall).build()
        assert outcomes(receive_batch(world.ma, theirs)) == [None]
        assert effects.seen(world.ma)

    def test_a_batch_for_another_cannot_be_passed_on(self, db: None) -> None:
        world = make_world(third=True)
        for_third = Batch(world, recipient=THIRD).build()
        assert refusal_of(world, for_third) == "envelope.recipient"
