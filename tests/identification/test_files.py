"""What a file is, what is declared of it, what bad ones get; parts of a hostile partner. Each refusal changes nothing."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from tests.federation.world import World
from tests.identification.cast import (
    ELS,
    JAN,
    PROGRAM,
    RETURN,
    SAMIRA,
    desks,
    nist,
    prints,
    request,
    work,
    wsq,
)
from tests.policy.conftest import with_homes
from tests.policy.scene import code_of, leaves

from comity.core.codes.exchange import Act, Purpose
from comity.core.codes.marks import DataCategory, SubjectCategory
from comity.core.identification.attachment import (
    FILE_BYTES,
    PART_BYTES,
    PARTS,
    check_room,
    cut,
    declare,
    part_body,
    verify_whole,
)
from comity.core.identification.filetypes import FileType, file_type
from comity.errors import ComityError, InputError, PeerError, Refused
from comity.services.exchange.submit import Outgoing, submit
from comity.services.identification import attach
from comity.services.identification.attach import NewFile
from comity.services.identification.read import files_of, open_file
from comity.storage.models.cases import Attachment, AttachmentPart, Case

pytestmark = pytest.mark.django_db(databases=["be", "ma"])

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + bytes(30) + b"\x00\x00\x00\x00IEND\xae\x42\x60\x82"
PDF = b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0" + bytes(40) + b"\xff\xd9"


def packed() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("prints.an2", nist(600))
    return held.getvalue()


def tarred() -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("prints"))
    return held.getvalue()


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (nist(), FileType.ANSI_NIST),
        (wsq(), FileType.WSQ),
        (PDF, FileType.PDF),
        (PNG, FileType.PNG),
        (JPEG, FileType.JPEG),
    ],
)
def test_types_are_known_by_content(octets: bytes, expected: FileType) -> None:
    assert file_type(octets) is expected


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (packed(), "attachment.archive"),
        (tarred(), "attachment.archive"),
        (b"\x1f\x8b\x08" + bytes(40), "attachment.archive"),
        (PDF + packed(), "attachment.archive"),
        (PNG + packed(), "attachment.archive"),
        (nist(2000) + packed(), "attachment.archive"),
        (b"MZ" + bytes(400), "attachment.type"),
        (b"\x7fELF" + bytes(400), "attachment.type"),
        (b"<svg onload=alert(1)>", "attachment.type"),
        (b"1.001:99999\x1d1.002:0500\x1d" + bytes(40), "attachment.type"),
        (b"1.001:30\x1d1.002:0500\x1d" + b"x" * 40, "attachment.type"),
        (PNG[:-1], "attachment.type"),
        (JPEG + b"tail", "attachment.type"),
        (wsq()[:-2], "attachment.type"),
    ],
)
def test_what_is_not_on_the_list_is_refused(octets: bytes, code: str) -> None:
    with pytest.raises(InputError) as refusal:
        file_type(octets)
    assert refusal.value.code == code


def test_declarations_keep_limits_and_categories() -> None:
    with pytest.raises(InputError, match=r"attachment\.empty"):
        declare(b"", DataCategory.FINGERPRINTS)
    with pytest.raises(InputError, match=r"attachment\.too-large"):
        declare(nist(FILE_BYTES + 1), DataCategory.FINGERPRINTS)
    with pytest.raises(InputError, match=r"attachment\.category"):
        declare(nist(500), DataCategory.DOCUMENTS)
    with pytest.raises(InputError, match=r"attachment\.category"):
        declare(PDF, DataCategory.NAMES)
    biggest = declare(nist(FILE_BYTES), DataCategory.FINGERPRINTS)
    assert biggest.parts == PARTS
    check_room([biggest, biggest])
    for files, before in (
        ([biggest], [FILE_BYTES, FILE_BYTES]),
        ([declare(PDF, DataCategory.DOCUMENTS)] * 5, []),
    ):
        with pytest.raises(InputError, match=r"attachment\.too-many"):
            check_room(files, before)


@pytest.mark.parametrize("length", [500, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES, FILE_BYTES])
def test_parts_join_to_the_file(length: int) -> None:
    octets = nist(length)
    declared = declare(octets, DataCategory.FINGERPRINTS)
    parts = cut(octets)
    assert [len(part) for part in parts] == [declared.length_of(n) for n in range(declared.parts)]
    bodies = [part_body("0" * 32, 0, number, part) for number, part in enumerate(parts)]
    assert b"".join(body.content() for body in bodies) == octets
    verify_whole(declared, octets)
    with pytest.raises(PeerError, match=r"attachment\.digest"):
        verify_whole(declared, octets[:-1] + b"!")


@pytest.fixture
def memo(tmp_path: Path) -> tuple[World, str]:
    world, agreement = desks()
    with_homes(world, tmp_path)
    return world, agreement


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([NewFile(packed(), DataCategory.FINGERPRINTS)], "attachment.archive"),
        ([NewFile(b"MZ" + bytes(99), DataCategory.DOCUMENTS)], "attachment.type"),
        ([NewFile(b"", DataCategory.DOCUMENTS)], "attachment.empty"),
        ([NewFile(nist(FILE_BYTES + 1), DataCategory.FINGERPRINTS)], "attachment.too-large"),
        ([prints(), prints()], "attachment.twice"),
        ([prints(nist(500 + n)) for n in range(5)], "attachment.too-many"),
    ],
)
def test_bad_files_change_nothing(memo: tuple[World, str], files: list[NewFile], code: str) -> None:
    world, agreement = memo
    with pytest.raises(ComityError) as refusal:
        request(world, agreement, files=files)
    assert refusal.value.code == code
    assert not Case.objects.using("be").exists()
    assert not Attachment.objects.using("be").exists()


def test_no_part_leaves_before_the_request_was_taken(memo: tuple[World, str]) -> None:
    world, agreement = memo
    request(world, agreement)
    assert attach.send_parts(world.be) == 0
    work(world, 1)
    assert attach.send_parts(world.be) == 4
    assert attach.send_parts(world.be) == 0


def test_a_part_that_expired_is_sent_again(memo: tuple[World, str]) -> None:
    world, agreement = memo
    request(world, agreement)
    work(world, 1)
    world.network.cut_off.add("MA.dgsn")
    work(world, 1)
    world.clock.forward(days=8)
    work(world, 2)
    world.network.cut_off.clear()
    work(world, 4, seconds=400)
    assert Attachment.objects.using("ma").get().state == "held"
    assert Attachment.objects.using("be").get().state == "held"


def forged(world: World, agreement: str, thread: str, octets: bytes, **changes: object) -> str:
    """Send a part that the honest code would not send; the partner's node alone decides."""
    row = Attachment.objects.using("be").get()
    place = {"declared": row.declared, "file": 0, "part": 0, **changes}
    body = part_body(str(place["declared"]), int(str(place["file"])), int(str(place["part"])), octets)
    case = Case.objects.using("be").get()
    outgoing = Outgoing(
        partner=case.partner,
        regime=RETURN,
        kind="attachment-part",
        act=Act.ATTACH,
        body=body.json_body(),
        agreement=agreement,
        clause=case.clause,
        purpose=Purpose.IDENTIFICATION,
        thread=thread,
        data=frozenset({changes.get("category", DataCategory.FINGERPRINTS)}),
        subjects=frozenset({SubjectCategory.TO_BE_IDENTIFIED}),
        decision=str(changes.get("decision", row.decision)),
    )
    return submit(world.be, outgoing, ELS)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"declared": "f" * 32}, "attachment.undeclared"),
        ({"file": 1}, "attachment.undeclared"),
        ({"part": 1}, "attachment.part"),
        ({"short": True}, "attachment.part"),
        ({"category": DataCategory.DOCUMENTS}, "case.header"),
        ({"decision": "9" * 64}, "case.header"),
    ],
)
def test_parts_of_a_hostile_partner(
    memo: tuple[World, str], changes: dict[str, object], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, agreement = memo
    thread = request(world, agreement)
    monkeypatch.setattr(attach.rows, "to_send", lambda alias, limit: [])
    work(world, 1)
    octets = cut(nist())[0]
    message = forged(world, agreement, thread, octets[:-1] if "short" in changes else octets, **changes)
    work(world, 1)
    assert code_of(world.be, message) == ("refused", code)
    row = Attachment.objects.using("ma").get()
    assert (row.state, row.arrived) == ("arriving", 0)
    assert not AttachmentPart.objects.using("ma").exists()


@pytest.mark.parametrize(
    ("sent", "code"), [(nist(500, b"!"), "attachment.digest"), (b"MZ" + bytes(498), "attachment.mismatch")]
)
def test_another_file_than_declared_is_refused(
    memo: tuple[World, str], sent: bytes, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sender's node lies in the declaration, or sends other bytes than those."""
    world, agreement = memo
    real = attach.declare

    def lying(octets: bytes, category: DataCategory) -> object:
        found = real(octets, category)
        digest = hashlib.sha256(sent).hexdigest() if code == "attachment.mismatch" else found.sha256
        return found.model_copy(update={"sha256": digest})

    monkeypatch.setattr(attach, "declare", lying)
    monkeypatch.setattr(attach, "cut", lambda octets: [sent])
    request(world, agreement, files=[prints(nist(500))])
    work(world)
    assert Attachment.objects.using("ma").get().state == "arriving"
    assert not AttachmentPart.objects.using("ma").exists()
    ours = Attachment.objects.using("be").get()
    assert (ours.state, ours.code) == ("refused", code)


def test_a_file_is_handed_out_to_a_named_person_with_a_reason(memo: tuple[World, str]) -> None:
    world, agreement = memo
    thread = request(world, agreement)
    work(world)
    shown = files_of(world.ma, SAMIRA, thread)
    assert [(each["state"], each["arrived"], each["parts"], each["type"]) for each in shown] == [
        ("held", 4, 4, "ansi-nist")
    ]
    with pytest.raises(InputError, match=r"attachment\.reason"):
        open_file(world.ma, SAMIRA, thread, 1, "  ")
    with pytest.raises(InputError, match=r"attachment\.unknown"):
        open_file(world.ma, SAMIRA, thread, 2, "compare")
    with pytest.raises(Refused, match=r"case\.person"):
        open_file(world.ma, PROGRAM, thread, 1, "compare")
    assert leaves(world.ma, "attachment.consulted") == []
    found = open_file(world.ma, SAMIRA, thread, 1, "compare in the national system")
    assert (found.octets, found.name) == (nist(), f"{thread[-8:]}-in-1.an2")
    [leaf] = leaves(world.ma, "attachment.consulted")
    assert "samira" not in leaf
    assert open_file(world.be, JAN, thread, 1, "look again", sent=True).octets == nist()


def test_evidence_holds_the_digest_as_a_commitment_only(memo: tuple[World, str]) -> None:
    world, agreement = memo
    request(world, agreement)
    work(world)
    digest = hashlib.sha256(nist()).hexdigest()
    for node, kinds in (
        (world.be, ("attachment.declared", "attachment.delivered")),
        (world.ma, ("attachment.expected", "attachment.received")),
    ):
        for kind in kinds:
            [leaf] = leaves(node, kind)
            assert '"commitment":"' in leaf
            assert digest not in leaf
