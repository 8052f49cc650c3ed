"""Field types that the documents on the wire share. Implements docs/protocol/envelope.md §3."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from comity.core import canonical
from comity.core.codes.exchange import ServiceId
from comity.core.instant import read_instant, write_instant
from comity.errors import PeerError

One = Annotated[int, Field(ge=1, le=1)]
"""The version; a literal would also accept ``true``."""

Hex16 = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Hex32 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Hex64 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9.-]{0,63}$")]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+){1,3}$", max_length=64)]
ClauseId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$")]
ThreadId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Party = Annotated[ServiceId, Field(pattern=r"^[A-Z]{2}\.[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$")]


def _read(value: Any) -> Any:
    return read_instant(value) if isinstance(value, str) else value


WireInstant = Annotated[datetime, BeforeValidator(_read), PlainSerializer(write_instant, return_type=str)]


class Document(BaseModel):
    """A frozen document of the wire: no unknown member, no conversion.

    Its members stand in canonical order (RFC 8785 §3.2.3), so that they are written in one go.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, validate_by_name=True, validate_by_alias=True
    )

    def plain(self) -> dict[str, Any]:
        """Return the document as JSON values, with the names of the wire."""
        return self.model_dump(mode="json", by_alias=True)

    def octets(self) -> bytes:
        """Return the canonical bytes."""
        return self.__pydantic_serializer__.to_json(self, by_alias=True)


class OpenDocument(Document):
    """A document with a member of any form, whose own members may stand in any order."""

    def octets(self) -> bytes:
        """Return the canonical bytes."""
        return canonical.encode(self.plain())


D = TypeVar("D", bound=Document)


def read_document(kind: type[D], octets: bytes, *, code: str, limit: int, depth: int) -> D:
    """Return the document that canonical bytes hold.

    Args:
        kind: class of the document.
        octets: hostile bytes.
        code: of the error when the members are wrong.
        limit: greatest length in bytes.
        depth: greatest nesting.

    Raises:
        PeerError: ``json.*``, ``instant.malformed``, or `code` with the place of the first wrong member.
    """
    # 1. The quick way, when nothing is wrong: what was read is written as it came, so it was canonical. That also
    #    excludes a repeated name, an unknown member, and nesting beyond what the class has.
    if len(octets) <= limit and not issubclass(kind, OpenDocument):
        try:
            found = kind.model_validate_json(octets, by_name=False, by_alias=True)
            if found.octets() == octets:
                return found
        except (ValidationError, PeerError):
            return _read_slowly(kind, octets, code=code, limit=limit, depth=depth)
    return _read_slowly(kind, octets, code=code, limit=limit, depth=depth)


def _read_slowly(kind: type[D], octets: bytes, *, code: str, limit: int, depth: int) -> D:
    """Read step by step, to say exactly what is wrong."""
    canonical.decode(octets, limit=limit, depth=depth)
    try:
        return kind.model_validate_json(octets, by_name=False, by_alias=True)
    except ValidationError as error:
        raise PeerError(code, at=place(error)) from None


def place(error: ValidationError) -> str:
    """Return where the first wrong member stands; never its value, nor a name that the sender chose."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    if first["type"] == "extra_forbidden":
        return "unknown-member"
    return ".".join(str(part) for part in first["loc"])[:64]
