"""Model fields whose content only the node can read, on SQLite and on PostgreSQL alike.

Whoever holds the database, a backup of it, or the operator's account of the PostgreSQL server finds ciphertext. They
can be neither searched nor ordered by; look rows up by keyed digests instead.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from comity.core.crypto.cell import NONCE_BYTES, open_cell, seal_cell
from comity.storage.unlocked import KeysByAlias

if TYPE_CHECKING:
    BinaryField = models.BinaryField[Any, Any]
else:
    BinaryField = models.BinaryField

_keys = KeysByAlias("storage.locked")
set_field_key = _keys.keep
"""Keep the key of an alias's sealed fields."""

field_key = _keys.of
"""Return the key of an alias's sealed fields; NodeError ``storage.locked``."""


class SealedField(BinaryField):
    """Root of the sealed fields; use one of its children."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    @property
    def context(self) -> str:
        """Table and column: the associated data of each value."""
        return f"{self.model._meta.db_table}.{self.column}"

    def to_octets(self, value: Any) -> bytes:
        """Return the plaintext bytes of a Python value."""
        raise TypeError("use a child of SealedField")

    def from_octets(self, octets: bytes) -> Any:
        """Return the Python value of plaintext bytes."""
        raise TypeError("use a child of SealedField")

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """Seal the value for the database of this connection."""
        return self.seal(connection.alias, value)

    def seal(self, alias: str, value: Any) -> bytes | None:
        """Return the sealed form of a value of this column; None for none."""
        if value is None:
            return None
        nonce = secrets.token_bytes(NONCE_BYTES)
        return seal_cell(field_key(alias), self.context, self.to_octets(value), nonce)

    def unseal(self, alias: str, value: Any) -> Any:
        """Return the value of what the database of an alias holds in this column; None for none.

        Raises:
            NodeError: ``storage.sealed`` when the bytes were altered or moved to another column.
        """
        if value is None:
            return None
        return self.from_octets(open_cell(field_key(alias), self.context, bytes(value)))

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        """Open what the database returned; as `unseal`."""
        return self.unseal(connection.alias, value)

    def get_lookup(self, lookup_name: str) -> Any:
        """Allow only ``isnull``: equal values have different ciphertexts, so that any other finds nothing."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.context} is sealed and cannot be searched")
        return super().get_lookup(lookup_name)

    def to_python(self, value: Any) -> Any:
        """Leave the value as it is: it is never read from a form or a fixture."""
        return value

    def value_to_string(self, obj: models.Model) -> str:
        """Refuse serialisation, which would write the plaintext.

        Raises:
            FieldError: always.
        """
        raise FieldError(f"{self.context} is sealed and cannot be serialised")


class SealedTextField(SealedField):
    """Text, sealed."""

    def to_octets(self, value: Any) -> bytes:
        """Return UTF-8."""
        if not isinstance(value, str):
            raise TypeError(f"{self.context} takes text")
        return value.encode()

    def from_octets(self, octets: bytes) -> str:
        """Return the text."""
        return octets.decode()


class SealedJSONField(SealedField):
    """A JSON value, sealed."""

    def to_octets(self, value: Any) -> bytes:
        """Return compact JSON; NaN and infinities are refused with ValueError."""
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()

    def from_octets(self, octets: bytes) -> Any:
        """Return the JSON value."""
        return json.loads(octets)


class SealedBinaryField(SealedField):
    """Bytes, sealed."""

    def to_octets(self, value: Any) -> bytes:
        """Return the bytes."""
        if not isinstance(value, bytes | bytearray | memoryview):
            raise TypeError(f"{self.context} takes bytes")
        return bytes(value)

    def from_octets(self, octets: bytes) -> bytes:
        """Return the bytes."""
        return octets
