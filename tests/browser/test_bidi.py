"""Chromium draws isolated values in their own order, also inside a page of the other direction."""

from __future__ import annotations

from playwright.sync_api import Browser
from tests.web.test_bidi import CODES, DATES, NUMBERS

from comity.web.templatetags import desk


def test_chromium_draws_them_in_order(chromium: Browser) -> None:
    """In a right-to-left page the first sign of a number stays left of its last."""
    context = chromium.new_context()
    page = context.new_page()
    for value in (*NUMBERS, *DATES, *CODES):
        bdi = desk.isolate(value)
        page.set_content(f'<html dir="rtl" lang="ar"><body><p>رقم {bdi} من</p></body></html>')
        first, last = page.evaluate(
            """() => { const node = document.querySelector('bdi').firstChild; const at = (i) => {
            const range = document.createRange(); range.setStart(node, i); range.setEnd(node, i + 1);
            return range.getBoundingClientRect().left; }; return [at(0), at(node.length - 1)]; }"""
        )
        assert first < last, value
    context.close()
