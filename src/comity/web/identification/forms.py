"""Forms of identification: the circumstances of a request, its files, an answer, the reason for a file."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.core.cases.messages import MAX_LINE
from comity.core.codes.marks import DataCategory
from comity.core.identification.messages import GROUNDS, Informed, Issuing, Nationality, Result, ResultGround
from comity.services.identification.attach import NewFile
from comity.services.identification.read import MAX_REASON
from comity.services.identification.request import Circumstances
from comity.web import labels, spoken

_LTR = {"dir": "ltr", "autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
_COUNTRY = {**_LTR, "size": "3"}
_UID = r"^[0-9a-f]{32}$"
KINDS = ".an2,.eft,.nist,.wsq,.pdf,.jpg,.jpeg,.png"


class SeveralFiles(forms.FileField):
    """Files of one category; empty when none was chosen."""

    class Widget(forms.ClearableFileInput):
        """Lets several be chosen."""

        allow_multiple_selected = True

    def __init__(self, **kwargs: Any) -> None:
        widget = self.Widget(attrs={"accept": KINDS})
        super().__init__(required=False, allow_empty_file=True, widget=widget, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[bytes]:
        """Return the octets of each file."""
        return [each.read() for each in data or []]


def _country(label: Any, hint: Any = "", *, required: bool = True, limit: int = 2) -> forms.CharField:
    widget = forms.TextInput(attrs=_COUNTRY)
    return forms.CharField(label=label, help_text=hint, required=required, max_length=limit, widget=widget)


def _day(label: Any, hint: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(label=label, help_text=hint, required=False, widget=widget)


class SubjectForm(forms.Form):
    """Whom to identify, and under which agreement."""

    ground = forms.ChoiceField(label=_("Agreement"))
    subject = forms.RegexField(
        _UID,
        label=_("Identifier of the person in your register"),
        help_text=_("The register page shows it beside each entry."),
        widget=forms.TextInput(attrs=_LTR),
    )

    def __init__(self, choices: list[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"].choices = choices  # type: ignore[attr-defined]  # fields are typed as plain ones


class FilesForm(forms.Form):
    """Files to attach."""

    prints = SeveralFiles(
        label=_("Fingerprint files"),
        help_text=_("ANSI/NIST-ITL, WSQ, PDF, JPEG or PNG; 4 MiB each at most, 4 files. Never archives."),
    )
    documents = SeveralFiles(label=_("Copies of documents"))

    @property
    def files_given(self) -> list[NewFile]:
        """The files with their categories."""
        given = self.cleaned_data
        prints = [NewFile(each, DataCategory.FINGERPRINTS) for each in given["prints"]]
        return prints + [NewFile(each, DataCategory.DOCUMENTS) for each in given["documents"]]


class AskForm(FilesForm):
    """What a request for identification says beside the person. What the law wants is left to the law to miss."""

    case = forms.CharField(
        label=_("Reference of your case"),
        max_length=MAX_LINE,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    categories = forms.MultipleChoiceField(label=_("What do you tell?"), widget=forms.CheckboxSelectMultiple)
    presumed = _country(_("Presumed nationality"), _("Two letters, as in MA."))
    contested = forms.BooleanField(label=_("The person contests it"), required=False)
    claimed = _country(_("Nationality that the person claims"), required=False)
    informed_on = _day(_("Person informed on"), _("Of the transfer to that State. The law wants it."))
    informed_language = forms.RegexField(
        r"^[a-z]{2,3}$",
        label=_("Language in which the person was informed"),
        help_text=_("Two or three letters, as in ar or rif."),
        required=False,
        widget=forms.TextInput(attrs=_COUNTRY),
    )
    issuing = _country(_("State whose return decision it is"))
    agreed_on = _day(_("That State agreed on"), _("Only when it is another State."))
    field_order = (
        "case",
        "categories",
        "presumed",
        "contested",
        "claimed",
        "informed_on",
        "informed_language",
        "issuing",
        "agreed_on",
        "prints",
        "documents",
    )

    def __init__(self, lawful: Collection[DataCategory], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = labels.choices(each for each in DataCategory if each in lawful)
        self.fields["categories"].choices = offered  # type: ignore[attr-defined]  # fields are typed as plain ones

    def clean(self) -> dict[str, Any]:
        """Check that countries are codes."""
        given = super().clean() or {}
        for name in ("presumed", "claimed", "issuing"):
            code = str(given.get(name) or "").upper()
            given[name] = code
            if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
                self.add_error(name, _("Two letters, as in MA."))
        return given

    @property
    def chosen(self) -> list[DataCategory]:
        """Categories that were ticked."""
        return [DataCategory(each) for each in self.cleaned_data["categories"]]

    @property
    def circumstances(self) -> Circumstances:
        """What the form says, as the service takes it."""
        given = self.cleaned_data
        told, language = given["informed_on"], given["informed_language"]
        claimed = (given["claimed"],) if given["claimed"] else ()
        return Circumstances(
            case=given["case"],
            nationality=Nationality(
                presumed=given["presumed"], contested=given["contested"], claimed=claimed
            ),
            informed=Informed(on=told, language=language) if told and language else None,
            issuing=Issuing(country=given["issuing"], agreed_on=given["agreed_on"]),
        )


class AnswerForm(forms.Form):
    """What became of a request for identification."""

    result = forms.ChoiceField(
        label=_("Result"),
        widget=forms.RadioSelect,
        choices=[(each.value, spoken.RESULTS[each]) for each in Result],
    )
    grounds = forms.MultipleChoiceField(
        label=_("On what it rests"),
        help_text=_("At least one, of those that belong to the result."),
        widget=forms.CheckboxSelectMultiple,
        choices=[(each.value, spoken.RESULT_GROUNDS[each]) for each in ResultGround],
    )
    subject = forms.RegexField(
        _UID,
        label=_("Identifier of the person in your register"),
        help_text=_("Only when identified. It stands in the ledger of disclosures."),
        required=False,
        widget=forms.TextInput(attrs=_LTR),
    )
    confirm = forms.BooleanField(
        label=_("Tell nothing of the entry, only confirm the particulars of the request"), required=False
    )
    none_held = forms.BooleanField(
        label=_("Your register holds no entry on this person"),
        help_text=_("Stated in your own name, when identified by other means."),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Check that the grounds are those of the result, and that who was identified has an entry, or none is held."""
        given = super().clean() or {}
        named = bool(given.get("subject"))
        if given.get("result") == Result.IDENTIFIED and "subject" in given and named == given["none_held"]:
            self.add_error("subject", _("Name the entry, or state that none is held."))
        if given.get("result") and given.get("grounds"):
            known = GROUNDS[Result(given["result"])]
            if not {ResultGround(each) for each in given["grounds"]} <= known:
                self.add_error("grounds", _("These grounds do not belong to that result."))
        return given

    @property
    def chosen(self) -> frozenset[DataCategory] | None:
        """What is told of the entry: nothing, or all that may be."""
        return frozenset() if self.cleaned_data["confirm"] else None


class ReasonForm(forms.Form):
    """Why a file is handed out."""

    reason = forms.CharField(
        label=_("Why do you open it?"),
        help_text=_("Recorded with your name before the file is handed out."),
        max_length=MAX_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
