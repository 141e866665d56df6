"""How a result shows itself: the words in text and HTML are the same, and nothing in it becomes markup."""

import re
from html import unescape

from scoliogait.api.shown import Summary

EVIL = "<script>alert('x')</script> & co"


def test_text_aligns_columns_and_keeps_the_order() -> None:
    summary = Summary("title", (("a", "1"), ("long name", "2")), ("name", "n"), ("a note",), ("a statement",))
    assert summary.text().splitlines() == [
        "title",
        "  name       n",
        "  a          1",
        "  long name  2",
        "a note",
        "a statement",
    ]


def test_a_summary_without_rows_is_its_title() -> None:
    assert Summary("title").text() == "title"
    assert "title" in Summary("title").html()


def test_html_says_the_same_and_escapes_all_of_it() -> None:
    summary = Summary(EVIL, ((EVIL, "1"),), (EVIL, "n"), (EVIL,), (EVIL,))
    page = summary.html()
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 5
    words = unescape(re.sub(r"<[^>]*>", " ", page)).split()
    assert words == summary.text().split()
