"""From a template to a PDF: WeasyPrint, whose Pango shapes Arabic and lays it out from right to left.

Nothing is fetched: an address in the page, whoever wrote it, is not followed. A machine without Pango has no PDF; there
the same page is printed from the browser.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

_STYLE = Path(__file__).resolve().parent.parent / "static" / "print.css"
_VARIANT = "pdf/ua-1"


def as_pdf(template: str, context: dict[str, Any]) -> bytes | None:
    """Return a template, rendered in the reader's language, as a tagged PDF; None where the library cannot work."""
    document = laid_out(template, context)
    if document is None:
        return None
    octets: bytes = document.write_pdf(pdf_variant=_VARIANT)
    return octets


def laid_out(template: str, context: dict[str, Any]) -> Any:
    """Return the pages of a template, as WeasyPrint lays them out for a tagged PDF; None where it cannot work."""
    try:
        from weasyprint import CSS, HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError):
        return None
    nothing = URLFetcher(allowed_protocols=())
    page = HTML(string=render_to_string(template, {**context, "paper": True}), url_fetcher=nothing)
    style = CSS(string=_STYLE.read_text(encoding="utf-8"), url_fetcher=nothing)
    return page.render(stylesheets=[style], pdf_variant=_VARIANT)
