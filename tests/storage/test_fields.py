from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import connections

from comity.errors import NodeError
from comity.storage import fields
from comity.storage.fields import SealedBinaryField, SealedJSONField, SealedTextField, set_field_key
from comity.storage.models.people import Draft, Officer

CONTENT = {"text": "the name of a person, الاسم", "n": 3, "list": [None, True]}


@pytest.fixture(params=["be", "ma"])
def draft(request: pytest.FixtureRequest, db: None) -> Draft:
    alias = request.param
    officer = Officer(username="o1", created_at=datetime(2026, 11, 23, tzinfo=UTC))
    officer.save(using=alias)
    saved = Draft(officer=officer, page="p", content=CONTENT, saved_at=officer.created_at)
    saved.save(using=alias)
    return saved


def _raw(draft: Draft) -> bytes:
    with connections[draft._state.db or ""].cursor() as cursor:
        cursor.execute("SELECT content FROM storage_draft WHERE id = %s", [draft.pk])
        return bytes(cursor.fetchone()[0])


def _reread(draft: Draft) -> Draft:
    return Draft.objects.using(draft._state.db).get(pk=draft.pk)


@pytest.mark.django_db(databases=["be", "ma"])
class TestSealedColumn:
    def test_reads_back(self, draft: Draft) -> None:
        assert _reread(draft).content == CONTENT

    def test_database_holds_no_plaintext(self, draft: Draft) -> None:
        assert b"person" not in _raw(draft)
        assert "الاسم".encode() not in _raw(draft)

    def test_same_value_twice_differs(self, draft: Draft) -> None:
        first = _raw(draft)
        draft.save()
        assert _raw(draft) != first

    def test_query_update_and_bulk_seal_too(self, draft: Draft) -> None:
        alias = draft._state.db
        Draft.objects.using(alias).filter(pk=draft.pk).update(content={"a": 1})
        assert _reread(draft).content == {"a": 1}
        assert b'"a"' not in _raw(draft)
        draft.content = {"b": 2}
        Draft.objects.using(alias).bulk_update([draft], ["content"])
        assert _reread(draft).content == {"b": 2}

    def test_altered_value_does_not_open(self, draft: Draft) -> None:
        octets = bytearray(_raw(draft))
        octets[-1] ^= 1
        with connections[draft._state.db or ""].cursor() as cursor:
            cursor.execute("UPDATE storage_draft SET content = %s", [bytes(octets)])
        with pytest.raises(NodeError, match="storage.sealed"):
            _reread(draft)

    def test_other_key_does_not_open(self, draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(fields._keys._held, draft._state.db or "", b"\x07" * 32)
        with pytest.raises(NodeError, match="storage.sealed"):
            _reread(draft)

    def test_without_key_nothing_is_stored(self, draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(fields._keys._held, draft._state.db or "")
        with pytest.raises(NodeError, match="storage.locked"):
            draft.save()

    def test_cannot_be_searched_or_serialised(self, draft: Draft) -> None:
        with pytest.raises(FieldError, match="cannot be searched"):
            Draft.objects.using(draft._state.db).filter(content=CONTENT).exists()
        assert Draft.objects.using(draft._state.db).filter(content__isnull=False).exists()
        with pytest.raises(FieldError, match="cannot be serialised"):
            serializers.serialize("json", [draft])


@pytest.mark.parametrize(
    ("field", "value"),
    [(SealedTextField(), b"bytes"), (SealedBinaryField(), "text"), (SealedJSONField(), float("nan"))],
)
def test_wrong_types_are_refused(field: fields.SealedField, value: object) -> None:
    field.set_attributes_from_name("x")
    field.model = Draft
    with pytest.raises((TypeError, ValueError)):
        field.to_octets(value)


@pytest.mark.parametrize("key", [b"", b"\0" * 32, b"k" * 31])
def test_unfit_field_key(key: bytes) -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        set_field_key("be", key)
