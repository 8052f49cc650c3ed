"""Filters and tags that every template of the desk uses: isolation, instants, spans, labels."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext

from comity.core.cases.number import case_number
from comity.core.codes.handling import read_handling
from comity.core.codes.languages import UNKNOWN
from comity.core.codes.marks import SILENT_ASSERTION, Assertion
from comity.core.instant import read_instant
from comity.core.register import release
from comity.core.register.subject import Subject
from comity.web import isolation, labels
from comity.web.answers.language import language_words
from comity.web.register.evaluations import evaluation_words

register = template.Library()


@register.filter
def isolate(value: Any) -> SafeString:
    """Return a value as `<bdi>`: the one way in which foreign values enter a page."""
    if value is None or value == "":
        return SafeString("")
    text = isolation.without_controls(str(value))
    return format_html('<bdi dir="{}">{}</bdi>', isolation.direction(text), text)


@register.filter
def isolate_in(value: Any, tag: Any) -> SafeString:
    """Return words as `<bdi>` with the direction and the language that their writer marked (BCP 47)."""
    if not value or not isinstance(tag, str) or tag == UNKNOWN:
        return isolate(value)
    text = isolation.without_controls(str(value))
    return format_html('<bdi dir="{}" lang="{}">{}</bdi>', isolation.direction_in(text, tag), tag, text)


@register.filter
def language(tag: Any) -> SafeString:
    """Return the name of the language that a text is marked with, and its tag."""
    return format_html("{} ({})", isolate(language_words(str(tag))), code(tag))


@register.filter
def code(value: Any) -> SafeString:
    """Return an identifier, a digest or a reference as isolated code."""
    text = isolation.without_controls(str(value))
    return format_html('<code><bdi dir="ltr">{}</bdi></code>', text)


@register.filter
def instant(value: datetime | str | None) -> SafeString:
    """Return an instant as ``2026-11-23 20:15 UTC`` in the time zone of the node, with Latin digits."""
    if not value:
        return SafeString("–")
    if isinstance(value, str):
        value = read_instant(value)
    local = timezone.localtime(value)
    shown = local.strftime("%Y-%m-%d %H:%M ") + (local.tzname() or "")
    return format_html(
        '<time datetime="{}"><bdi dir="ltr">{}</bdi></time>', value.isoformat(timespec="seconds"), shown
    )


@register.filter
def marked(value: Any) -> str:
    """Return a value isolated by characters, for what is printed: there, elements do not isolate."""
    return "" if value is None else isolation.isolated_text(value)


@register.filter
def marked_instant(value: str) -> str:
    """Return an instant for what is printed, as `instant` writes it."""
    local = timezone.localtime(read_instant(value))
    return isolation.isolated_text(local.strftime("%Y-%m-%d %H:%M ") + (local.tzname() or ""))


@register.filter
def span(value: timedelta | None) -> str:
    """Return a duration in days, hours and minutes."""
    if value is None:
        return "–"
    minutes = int(abs(value).total_seconds()) // 60
    days, minutes = divmod(minutes, 1440)
    hours, minutes = divmod(minutes, 60)
    parts = [
        (days, ngettext("%(number)s day", "%(number)s days", days)),
        (hours, ngettext("%(number)s hour", "%(number)s hours", hours)),
        (minutes, ngettext("%(number)s minute", "%(number)s minutes", minutes)),
    ]
    shown = [words % {"number": number} for number, words in parts if number][:2] or [
        parts[2][1] % {"number": 0}
    ]
    if len(shown) == 1:
        return shown[0]
    return gettext("%(first)s %(second)s") % {"first": shown[0], "second": shown[1]}


@register.filter
def label(value: Any) -> str:
    """Return the words for a code of the field (purpose, category, ground, role, state, event)."""
    return labels.label(value)


@register.filter
def words(value: str, table: str) -> str:
    """Return the words for a code that is written as text; `table` names the kind of code."""
    return labels.words(table, value)


@register.simple_tag
def told(text: Any, mark: Any, tag: Any = UNKNOWN) -> SafeString:
    """Return a statement as what it is: a fact plain, an assessment quoted in a frame; each with its word.

    Args:
        mark: of the statement; where there is none, silence is an assessment (Directive (EU) 2016/680 Art. 7(1)).
        tag: of its language (BCP 47).
    """
    known = Assertion.FACT if mark == Assertion.FACT else SILENT_ASSERTION
    shape = "{}" if known is Assertion.FACT else "<q>{}</q>"
    frame = '<span class="told {}"><b class="mark">{}</b> ' + shape + "</span>"
    return format_html(frame, known.value, labels.label(known), isolate_in(text, tag))


@register.filter
def handled(value: Any) -> SafeString:
    """Return a handling: the words of its code and sub-codes, and its colour as a badge with what it means."""
    found = read_handling(value)
    if found is None:
        return isolate(value)
    words = [labels.label(each) for each in (found.code, *sorted(found.sub_codes))]
    shown = format_html_join("", "{}{}", zip(["", *[comma()] * (len(words) - 1)], words, strict=True))
    if found.tlp is None:
        return shown
    colour = f"TLP:{found.tlp.value}"
    place = found.tlp.name.lower().replace("_", "-")
    return format_html(
        '{} <span class="tlp {}"><bdi dir="ltr">{}</bdi></span> {}',
        shown,
        place,
        colour,
        labels.label(found.tlp),
    )


@register.filter
def ordered(rules: Iterable[str]) -> list[str]:
    """Return rules of the search in the order of their table, those of a newer profile last."""
    known = {rule: place for place, rule in enumerate(labels.RULES)}
    return sorted(rules, key=lambda rule: (known.get(rule, len(known)), rule))


@register.filter
def grounded(value: Any) -> SafeString:
    """Return the ground of a refusal in words with its code; another ground, such as a rule of law, as code."""
    said = labels.words("ground", str(value))
    return code(value) if said == str(value) else format_html("{} ({})", said, code(value))


@register.filter
def evaluated(value: Any) -> SafeString:
    """Return an evaluation (4x4) with what its two signs mean."""
    found = evaluation_words(str(value))
    if found is None:
        return isolate(value)
    return format_html("{} {}{}{}", code(value), found[0], comma(), found[1])


@register.filter
def told_apart(subject: Subject | None) -> list[tuple[str, str]]:
    """Return each category of which an entry of the register holds something, and whether it is a fact."""
    return [] if subject is None else list(release.told_apart(subject).items())


@register.filter
def tone(state: Any) -> str:
    """Return the class that colours a state; the word beside it says the same."""
    return labels.TONES.get(str(state), "")


@register.filter
def commands(text: str) -> SafeString:
    """Return a sentence whose commands, written between backticks, stand as isolated code."""
    parts = text.split("`")
    shown = [code(part) if place % 2 else escape(part) for place, part in enumerate(parts)]
    return SafeString("".join(shown))


@register.filter
def short(thread: str) -> str:
    """Return the short form of an identifier, by which people speak of a case."""
    return case_number(thread)


@register.simple_tag
def comma() -> str:
    """Return what separates the members of a list in the reader's language."""
    return pgettext("between the members of a list", ", ")
