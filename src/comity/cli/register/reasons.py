"""What is wrong with a row, in words; the codes are those of docs/import.md §6."""

from __future__ import annotations

from collections.abc import Mapping

from comity.core.register.formats.reading import Caution, Reason

MEANT: Mapping[str, str] = {
    Reason.ENCODING: "the line is not written in UTF-8",
    Reason.BINARY: "the line holds control characters: it is not text",
    Reason.TOO_LONG: "the line, the row or the value is too long",
    Reason.TOO_MANY: "there are more than 200 values",
    Reason.QUOTE: "a quote opens and does not close",
    Reason.TOO_FEW_CELLS: "the row has fewer cells than the header",
    Reason.TOO_MANY_CELLS: "the row has more cells than the header",
    Reason.MISSING: "a value that must be there is empty",
    Reason.DATE: "this is no date of the form YYYY-MM-DD, YYYY-MM, YYYY, ~YYYY or YYYY/YYYY",
    Reason.PHONE: "this is no telephone number",
    Reason.COUNTRY: "this is no country",
    Reason.CODE: "this is none of the codes of the column (docs/import.md §2)",
    Reason.JSON: "this is no JSON object of the published form",
    Reason.SCHEMA: "entries of this kind are not held",
    Reason.NAMELESS: "there is no name, document, phone, e-mail, vehicle or account",
    Reason.NO_PARENT: "the row belongs to no entry of the main file",
    Reason.REPEATED: "this identifier stood in an earlier row of the file",
    Reason.ERASED: "this subject was erased at this node",
    Reason.INVALID: "the value is not valid",
    Caution.NUMBER_DAMAGED: "the check digits of the number are wrong",
    Caution.NUMBER_BIRTH: "the number tells another date of birth",
    Caution.NUMBER_SEX: "the number tells another sex",
}


def meant(code: str) -> str:
    """Return a code with what it means; one of another version as it is."""
    return f"{MEANT[code]} ({code})" if code in MEANT else code
