"""Bodies of the four messages about agreements.

Implements docs/protocol/agreement.md §9. Proposal and signature carry the whole document, so that the order of arrival is indifferent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from comity.core.agreement.model import Digest, Moment
from comity.core.agreement.standing import StopKind
from comity.errors import PeerError

PROPOSAL = "agreement-proposal"
SIGNATURE = "agreement-signature"
STOP = "agreement-stop"
RESUMPTION = "agreement-resumption"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    def json_body(self) -> dict[str, Any]:
        """Return the JSON value of the message's body."""
        return self.model_dump(mode="json")


class ProposalBody(_Body):
    """The canonical bytes of an agreement, base64url."""

    document: Annotated[str, Field(max_length=400_000)]


class SignatureBody(_Body):
    """The signature of the sender over the canonical bytes, and when it was made."""

    document: Annotated[str, Field(max_length=400_000)]
    signature: Annotated[str, Field(max_length=400_000)]
    signed_at: Moment


class StopBody(_Body):
    """A unilateral stop; its reason stays with the sender."""

    agreement: Digest
    kind: StopKind
    at: Moment


class ResumptionBody(_Body):
    """The end of the sender's own suspension."""

    agreement: Digest
    at: Moment


B = TypeVar("B", bound=_Body)


def open_body(model: type[B], body: Mapping[str, Any]) -> B:
    """Return the typed body of a verified message.

    Raises:
        PeerError: ``agreement.message-malformed``.
    """
    try:
        return model.model_validate(dict(body))
    except ValidationError:
        raise PeerError("agreement.message-malformed") from None
