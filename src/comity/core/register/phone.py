"""Phone numbers in one form: E.164, so that one number written in ten ways is one number."""

from __future__ import annotations

import phonenumbers


def e164(text: str, country: str | None) -> str:
    """Return the number as ``+32470123456``.

    Args:
        text: as written, national or international.
        country: ISO 3166 alpha-2 in which a national number is read; None accepts international ones only.

    Raises:
        ValueError: no number that could exist there.
    """
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        raise ValueError("no phone number") from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError("no possible phone number")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
