"""The request form: what Directive (EU) 2023/977 Art. 4(5) asks a request to say, and nothing else."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.core.cases.messages import MAX_LINE, MAX_TEXT, UrgencyGround
from comity.core.codes.marks import DataCategory, SubjectCategory, Urgency
from comity.web import labels
from comity.web.agreements.permitted import Ground, grouped
from comity.web.answers.assertions import mark_where_written, question
from comity.web.answers.language import language_field
from comity.web.information.forms import cites_field

_LINE = {"autocomplete": "off", "dir": "auto"}
_TEXT = {**_LINE, "rows": "4"}


def _line(label: Any, hint: Any = "", *, required: bool = True, limit: int = MAX_LINE) -> forms.CharField:
    widget = forms.TextInput(attrs=_LINE)
    return forms.CharField(label=label, help_text=hint, required=required, max_length=limit, widget=widget)


def _text(label: Any, hint: Any = "", *, required: bool = True) -> forms.CharField:
    widget = forms.Textarea(attrs=_TEXT)
    return forms.CharField(label=label, help_text=hint, required=required, max_length=MAX_TEXT, widget=widget)


class RequestForm(forms.Form):
    """A request for information."""

    ground = forms.ChoiceField(label=_("Purpose and agreement"))
    reference = _line(
        _("Reference of the hit"), _("Left empty when you describe the person."), required=False, limit=128
    )
    about = _text(_("Who or what it concerns"), _("Needed only without a reference."), required=False)
    about_is = question(about.label, required=False)
    case = _line(_("Reference of your case"))
    facts = _text(_("What happened"))
    facts_is = question(facts.label)
    offence = _line(_("Offence"))
    reasons = _text(_("Why the partner is likely to hold this"))
    reasons_is = question(reasons.label)
    link = _text(_("What the person has to do with it"))
    link_is = question(link.label)
    subject_category = forms.ChoiceField(label=_("The person is a"))
    categories = forms.MultipleChoiceField(
        label=_("Information you ask for"),
        help_text=_("Only what the clause permits can be answered."),
        widget=forms.CheckboxSelectMultiple,
    )
    urgency = forms.ChoiceField(label=_("Urgency"))
    urgency_ground = forms.ChoiceField(label=_("Why it is urgent"), required=False)
    urgency_reason = _line(_("What makes it urgent"), required=False)
    restrictions = _line(_("Conditions on what this request itself tells"), required=False)
    cites = cites_field()
    language = language_field()

    field_order = (
        *("ground", "case", "offence", "subject_category", "reference", "about", "about_is", "categories"),
        *("facts", "facts_is", "reasons", "reasons_is", "link", "link_is", "restrictions", "cites"),
    )
    """As they stand on the page: mistakes are listed in this order."""

    def __init__(self, found: list[Ground], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        permitted = {category for each in found for category in each.clause.data}
        subjects = {category for each in found for category in each.clause.subjects}
        self._choose("ground", grouped(found))
        self._choose("categories", labels.choices(each for each in DataCategory if each in permitted))
        known = labels.choices(each for each in SubjectCategory if each in subjects)
        self._choose("subject_category", [("", _("choose")), *known])
        self._choose(
            "urgency", labels.choices([Urgency.ORDINARY, Urgency.URGENT_DIRECT, Urgency.URGENT_INDIRECT])
        )
        self._choose("urgency_ground", [("", _("not urgent")), *labels.choices(UrgencyGround)])

    def _choose(self, name: str, choices: list[Any]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # fields are typed as plain ones

    def clean(self) -> dict[str, Any]:
        """Check what concerns several fields at once."""
        given = super().clean() or {}
        if not given.get("reference") and not given.get("about"):
            self.add_error("about", _("Give the reference of a hit, or describe the person."))
        mark_where_written(self, ("about",))
        urgent = given.get("urgency") not in (None, Urgency.ORDINARY.value)
        for name in ("urgency_ground", "urgency_reason"):
            if urgent and not given.get(name):
                self.add_error(name, _("An urgent request says why."))
            if not urgent and given.get(name):
                self.add_error(name, _("Leave this empty when the request is ordinary."))
        return given
