"""Forms of the answer: which permitted categories leave, and with which ground a request is refused."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.core.codes.marks import DataCategory, RefusalGround
from comity.web import labels
from comity.web.answers.assertions import mark_where_written, question
from comity.web.answers.language import language_field

MAX_NOTE = 2000
_TEXT = {"rows": "3", "dir": "auto", "autocomplete": "off"}


class ChosenForm(forms.Form):
    """What of an entry leaves; at first nothing is ticked."""

    categories = forms.MultipleChoiceField(
        label=_("What do you release?"),
        help_text=_("Only what the clause permits and your register holds is offered."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, permitted: Collection[DataCategory], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = labels.choices(category for category in DataCategory if category in permitted)
        self.fields["categories"].choices = offered  # type: ignore[attr-defined]  # fields are typed as plain ones

    @property
    def chosen(self) -> list[DataCategory]:
        """Categories that were ticked."""
        return [DataCategory(each) for each in self.cleaned_data["categories"]]


class ReleaseForm(ChosenForm):
    """What the officer releases; at first nothing is ticked."""

    categories = forms.MultipleChoiceField(
        label=_("What do you release?"),
        help_text=_("Only what the clause permits and the request asks for is offered."),
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(
        label=_("Note to the partner"),
        required=False,
        max_length=MAX_NOTE,
        widget=forms.Textarea(attrs=_TEXT),
    )
    note_is = question(note.label, required=False)
    conditions = forms.CharField(
        label=_("Conditions on use"), required=False, max_length=MAX_NOTE, widget=forms.Textarea(attrs=_TEXT)
    )
    language = language_field()
    part = forms.BooleanField(
        label=_("This is part of the answer"),
        help_text=_("The request stays open, and its clock runs on."),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Ask of a note what it is."""
        given = super().clean() or {}
        mark_where_written(self, ("note",))
        return given


class RefusalForm(forms.Form):
    """The ground, from the closed list; some are told to the partner as an ordinary one."""

    ground = forms.ChoiceField(label=_("Ground"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason for your own file"),
        help_text=_("Sealed for your data-protection officer and supervisor; never sent."),
        required=False,
        max_length=MAX_NOTE,
        widget=forms.Textarea(attrs=_TEXT),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"].choices = labels.choices(RefusalGround)  # type: ignore[attr-defined]  # fields are typed as plain ones
