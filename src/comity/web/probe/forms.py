"""The probe form. No field is completed by the browser, and none keeps a draft."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.core.codes.marks import SubjectCategory
from comity.core.probe.query import COLUMNS
from comity.core.watch.justified import MAX_OFFENCE, Aim, Justification, Profession
from comity.web import labels
from comity.web.agreements.permitted import Ground, chosen, grouped

CASE_MAX = 80
SAID = ("offence", "aim", "concerns", "profession")
"""Fields that say what the law wants said, in their order."""

FIELD_MAX = 200
REASON_MAX = 2000
_OFF = {"autocomplete": "off", "autocapitalize": "off", "autocorrect": "off", "spellcheck": "false"}
_LABELS = {
    "given": _("Given names"),
    "family": _("Family name"),
    "given_ar": _("Given names in Arabic script"),
    "family_ar": _("Family name in Arabic script"),
    "dob": _("Date of birth"),
    "pob": _("Place of birth"),
    "sex": _("Sex"),
    "nat": _("Nationality"),
    "father": _("Father's name"),
    "mother": _("Mother's name"),
    "document": _("Document number"),
}
_SEXES = [("", _("not known")), ("F", _("female")), ("M", _("male"))]


class ProbeForm(forms.Form):
    """Why one asks, and the description of one person."""

    ground = forms.ChoiceField(label=_("Purpose and agreement"))
    case = forms.CharField(
        label=_("Reference of your case"),
        max_length=CASE_MAX,
        widget=forms.TextInput(attrs={**_OFF, "dir": "auto"}),
    )

    offence = forms.CharField(
        label=_("Offence"),
        help_text=_("Not needed where people are only identified."),
        required=False,
        max_length=MAX_OFFENCE,
        widget=forms.TextInput(attrs={**_OFF, "dir": "auto"}),
    )
    aim = forms.ChoiceField(label=_("Aim of the search"))
    concerns = forms.ChoiceField(label=_("The person is a"))
    profession = forms.ChoiceField(
        label=_("Protected profession or office, as far as you know"),
        help_text=_("Your data-protection officer is told of such a search; the partner is not."),
        required=False,
    )
    reason = forms.CharField(
        label=_("Why this person"),
        help_text=_("Sealed for your data-protection officer; the partner never sees it."),
        required=False,
        max_length=REASON_MAX,
        widget=forms.TextInput(attrs={**_OFF, "dir": "auto"}),
    )

    def __init__(self, found: list[Ground], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._grounds = found
        codes = {
            "ground": grouped(found),
            "aim": [("", _("choose")), *labels.choices(Aim)],
            "concerns": [("", _("choose")), *labels.choices(SubjectCategory)],
            "profession": [("", _("none known")), *labels.choices(Profession)],
        }
        for name, choices in codes.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]  # fields are typed as plain ones
        for column in COLUMNS:
            self.fields[column] = self.column(column)

    @staticmethod
    def column(column: str) -> forms.Field:
        """Return the field of one column."""
        if column == "sex":
            return forms.ChoiceField(label=_LABELS[column], choices=_SEXES, required=False)
        direction = (
            "rtl" if column.endswith("_ar") else "ltr" if column in ("dob", "document", "nat") else "auto"
        )
        attributes = {**_OFF, "dir": direction}
        if column.endswith("_ar"):
            attributes["lang"] = "ar"
        hint = {"dob": _("YYYY, YYYY-MM or YYYY-MM-DD"), "nat": _("two letters, e.g. BE or MA")}.get(
            column, ""
        )
        return forms.CharField(
            label=_LABELS[column],
            max_length=FIELD_MAX,
            required=False,
            help_text=hint,
            widget=forms.TextInput(attrs=attributes),
        )

    @property
    def why(self) -> list[forms.BoundField]:
        """Fields that say why one asks."""
        return [self[name] for name in ("ground", "case", *SAID, "reason")]

    @property
    def person(self) -> list[forms.BoundField]:
        """Fields that describe the person."""
        return [self[column] for column in COLUMNS]

    def clean(self) -> dict[str, Any]:
        """Check that everything was said that the law wants said under the regime of the agreement."""
        given = super().clean() or {}
        if given.get("ground"):
            regime = chosen(self._grounds, given["ground"]).standing.agreement.regime
            if "offence" in self.said(given).missing(regime) and "offence" not in self.errors:
                self.add_error("offence", _("Under which offence do you search?"))
        return given

    @staticmethod
    def said(given: dict[str, Any]) -> Justification:
        """Return what was said of the search beside its reason."""
        return Justification(
            offence=given.get("offence") or "",
            aim=Aim(given["aim"]) if given.get("aim") else None,
            concerns=SubjectCategory(given["concerns"]) if given.get("concerns") else None,
            profession=Profession(given["profession"]) if given.get("profession") else None,
        )

    def described(self) -> dict[str, str]:
        """Return what was typed of the person, by the register's column names."""
        return {column: self.cleaned_data[column] for column in COLUMNS if self.cleaned_data[column]}
