"""The words for grounds, assurances, treaties and what the gate misses, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from comity.core.agreement.profile import ChangeEffect, ChangeKind
from comity.core.codes.transfer import Assurance, OverrideGround, TransferGround, Treaty, TreatyStanding

Words = Promise | str

GROUNDS: dict[TransferGround, Words] = {
    TransferGround.LED_ADEQUACY: _("adequacy decision (Directive 2016/680 Art. 36)"),
    TransferGround.LED_INSTRUMENT: _("legally binding instrument (Directive 2016/680 Art. 37(1)(a))"),
    TransferGround.LED_ASSESSMENT: _("assessment of all circumstances (Directive 2016/680 Art. 37(1)(b))"),
    TransferGround.LED_VITAL_INTERESTS: _("vital interests of a person (Directive 2016/680 Art. 38(1)(a))"),
    TransferGround.LED_LEGITIMATE_INTERESTS: _(
        "legitimate interests of the person (Directive 2016/680 Art. 38(1)(b))"
    ),
    TransferGround.LED_IMMEDIATE_THREAT: _("immediate and serious threat (Directive 2016/680 Art. 38(1)(c))"),
    TransferGround.LED_INDIVIDUAL_CASE: _("individual case (Directive 2016/680 Art. 38(1)(d))"),
    TransferGround.LED_LEGAL_CLAIM: _("legal claim in an individual case (Directive 2016/680 Art. 38(1)(e))"),
    TransferGround.GDPR_ADEQUACY: _("adequacy decision (GDPR Art. 45)"),
    TransferGround.GDPR_INSTRUMENT: _("binding instrument between authorities (GDPR Art. 46(2)(a))"),
    TransferGround.GDPR_PUBLIC_INTEREST: _("important reasons of public interest (GDPR Art. 49(1)(d))"),
    TransferGround.GDPR_VITAL_INTERESTS: _("vital interests of a person (GDPR Art. 49(1)(f))"),
    TransferGround.MA_SUFFICIENT_PROTECTION: _("sufficient protection in the State (law 09-08 Art. 43)"),
    TransferGround.MA_VITAL_INTERESTS: _("life of the person (law 09-08 Art. 44(1)(a))"),
    TransferGround.MA_PUBLIC_INTEREST: _("public interest (law 09-08 Art. 44(1)(b))"),
    TransferGround.MA_MUTUAL_ASSISTANCE: _("mutual legal assistance (law 09-08 Art. 44(1)(f))"),
    TransferGround.MA_AGREEMENT: _("agreement to which Morocco is party (law 09-08 Art. 44(2))"),
    TransferGround.MA_AUTHORISATION: _("authorisation of the CNDP (law 09-08 Art. 44(3))"),
    TransferGround.MA_STATE_SECURITY: _("defence and security of the State (law 09-08 Art. 2(4))"),
    TransferGround.CONVENTION_PARTY: _("free flow among Parties (Convention 108+ Art. 14(1))"),
    TransferGround.CONVENTION_SAFEGUARDS: _("appropriate safeguards (Convention 108+ Art. 14(3))"),
    TransferGround.NATIONAL_SECURITY: _("national security, by national law"),
}
ASSURANCES: dict[Assurance, Words] = {
    Assurance.NO_DEATH_PENALTY: _("no use for a death penalty"),
    Assurance.NO_CRUEL_TREATMENT: _("no torture, no cruel or inhuman treatment"),
    Assurance.CONFIDENTIALITY: _("confidentiality"),
    Assurance.SPECIFICITY: _("only for the purpose of the transfer"),
}
TREATIES: dict[Treaty, Words] = {
    Treaty.CONVENTION_108: _("Convention 108"),
    Treaty.CONVENTION_108_PLUS: _("Convention 108+"),
}
TREATY_STANDINGS: dict[TreatyStanding, Words] = {
    TreatyStanding.SIGNED: _("signed, not in force"),
    TreatyStanding.PARTY: _("party"),
}
CHANGES: dict[ChangeKind, Words] = {
    ChangeKind.ASSURANCE: _("assurance"),
    ChangeKind.TREATY: _("treaty"),
    ChangeKind.GROUND: _("ground"),
}
EFFECTS: dict[ChangeEffect, Words] = {
    ChangeEffect.ENDED: _("ended"),
    ChangeEffect.HOLDS: _("holds again"),
}
EMERGENCIES: dict[OverrideGround, Words] = {
    OverrideGround.THREAT_TO_LIFE: _("imminent threat to the life of a person"),
    OverrideGround.THREAT_TO_SECURITY: _("immediate and serious threat to public security"),
}
STATUSES: dict[str, Words] = {
    **{each.value: words for each, words in ASSURANCES.items()},
    **{each.value: words for each, words in TREATIES.items()},
    **{each.value: words for each, words in GROUNDS.items()},
}
"""All whose status can change, by value."""

NAMED: dict[str, Mapping[Any, Words]] = {
    "transfer-ground": GROUNDS,
    "assurance": ASSURANCES,
    "treaty": TREATIES,
    "treaty-standing": TREATY_STANDINGS,
    "change": CHANGES,
    "effect": EFFECTS,
    "status": STATUSES,
}
"""Tables by the name that templates use."""
