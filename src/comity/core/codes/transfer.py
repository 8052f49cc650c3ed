"""On what a transfer to another State may rest, and what the parties assure each other.

Source: Directive (EU) 2016/680 (LED) Art. 36-38 and recitals 68, 71; Regulation (EU) 2016/679 (GDPR) Art. 45, 46, 49;
Moroccan law 09-08 Art. 2(4), 43, 44; Convention 108 of the Council of Europe and its protocol CETS 223 (108+), Art. 14.
"""

from __future__ import annotations

from enum import StrEnum

from comity.core.codes.exchange import Regime


class Law(StrEnum):
    """The law by which a party transfers: its own, chosen by its State and the regime, never by the agreement."""

    LED = "led"
    GDPR = "gdpr"
    LAW_09_08 = "law-09-08"
    CONVENTION = "convention-108-plus"
    NATIONAL = "national"


class TransferGround(StrEnum):
    """Grounds of a transfer, by the law that knows them."""

    LED_ADEQUACY = "led-36"
    LED_INSTRUMENT = "led-37-1-a"
    LED_ASSESSMENT = "led-37-1-b"
    LED_VITAL_INTERESTS = "led-38-1-a"
    LED_LEGITIMATE_INTERESTS = "led-38-1-b"
    LED_IMMEDIATE_THREAT = "led-38-1-c"
    LED_INDIVIDUAL_CASE = "led-38-1-d"
    LED_LEGAL_CLAIM = "led-38-1-e"
    GDPR_ADEQUACY = "gdpr-45"
    GDPR_INSTRUMENT = "gdpr-46-2-a"
    GDPR_PUBLIC_INTEREST = "gdpr-49-1-d"
    GDPR_VITAL_INTERESTS = "gdpr-49-1-f"
    MA_SUFFICIENT_PROTECTION = "ma-43"
    MA_VITAL_INTERESTS = "ma-44-1-a"
    MA_PUBLIC_INTEREST = "ma-44-1-b"
    MA_MUTUAL_ASSISTANCE = "ma-44-1-f"
    MA_AGREEMENT = "ma-44-2"
    MA_AUTHORISATION = "ma-44-3"
    MA_STATE_SECURITY = "ma-2-4"
    CONVENTION_PARTY = "108-14-1"
    CONVENTION_SAFEGUARDS = "108-14-3"
    NATIONAL_SECURITY = "national-security"


_LAWS = {
    "led": Law.LED,
    "gdpr": Law.GDPR,
    "ma": Law.LAW_09_08,
    "108": Law.CONVENTION,
    "national": Law.NATIONAL,
}
LAW_OF: dict[TransferGround, Law] = {each: _LAWS[each.value.partition("-")[0]] for each in TransferGround}
"""Which law knows a ground."""

DEROGATIONS = frozenset(
    {
        TransferGround.LED_VITAL_INTERESTS,
        TransferGround.LED_LEGITIMATE_INTERESTS,
        TransferGround.LED_IMMEDIATE_THREAT,
        TransferGround.LED_INDIVIDUAL_CASE,
        TransferGround.LED_LEGAL_CLAIM,
        TransferGround.GDPR_PUBLIC_INTEREST,
        TransferGround.GDPR_VITAL_INTERESTS,
        TransferGround.MA_VITAL_INTERESTS,
        TransferGround.MA_PUBLIC_INTEREST,
        TransferGround.MA_MUTUAL_ASSISTANCE,
    }
)
"""Grounds for single cases only, never for frequent, massive and structural transfers (LED recital 72)."""

BALANCED = frozenset({TransferGround.LED_INDIVIDUAL_CASE, TransferGround.LED_LEGAL_CLAIM})
"""Grounds for which the rights of the person must have been weighed against the public interest (LED Art. 38(2))."""

_BOUND = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK CH IS LI NO"
BOUND_COUNTRIES = frozenset(_BOUND.split(" "))
"""States bound by the SIS and Eurodac regulations and by the LED; every other one is a third country for them."""


def law_of(country: str, regime: Regime) -> Law:
    """Return the law by which a State's service transfers under a regime.

    Args:
        country: ISO 3166, two letters.
    """
    if country == "MA":
        return Law.LAW_09_08
    if country not in BOUND_COUNTRIES:
        return Law.CONVENTION
    return {
        Regime.POLICE: Law.LED,
        Regime.RETURN_IDENTIFICATION: Law.GDPR,
        Regime.INTELLIGENCE: Law.NATIONAL,
    }[regime]


class Assurance(StrEnum):
    """Assurances the parties give (LED recital 71)."""

    NO_DEATH_PENALTY = "no-death-penalty"
    NO_CRUEL_TREATMENT = "no-cruel-treatment"
    CONFIDENTIALITY = "confidentiality"
    SPECIFICITY = "specificity"


class Treaty(StrEnum):
    """Treaties on data protection that count for a ground (LED recital 68)."""

    CONVENTION_108 = "convention-108"
    CONVENTION_108_PLUS = "convention-108-plus"


class TreatyStanding(StrEnum):
    """How a State stands to a treaty."""

    SIGNED = "signed"
    PARTY = "party"


class OverrideGround(StrEnum):
    """Why information may be passed on before its owner could be asked: nothing less than this.

    LED Art. 35(2): immediate and serious threat to public security; Regulation (EU) 2016/794 Art. 22(2): imminent
    threat to life.
    """

    THREAT_TO_LIFE = "threat-to-life"
    THREAT_TO_SECURITY = "threat-to-public-security"
