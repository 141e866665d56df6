"""The page: nothing runs, nothing is loaded, all text is escaped, each kind of result says what it must."""

import base64
import hashlib
import re
from datetime import date
from html.parser import HTMLParser

import pytest

from report_results import about, every_report, result
from scoliogait.screening_report.build import build_report
from scoliogait.screening_report.html import report_html, style_source
from scoliogait.screening_report.pictures import hundred_svg
from scoliogait.screening_report.texts import languages, texts_of

REPORTS = every_report()
NAME = '<img onerror="x">&amp; 王小明 אבג'


class Tags(HTMLParser):
    """All tags with their attributes, and whether they close in order."""

    VOID = ("meta", "br", "img", "input", "link", "hr")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def first_page(page: str) -> str:
    return page[page.index('<section class="family">') : page.index('<section class="examiner">')]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", REPORTS)
def test_nothing_runs_and_nothing_is_loaded(kind: str, language: str) -> None:
    page = report_html(REPORTS[kind], language)
    found = Tags(page)
    names = [tag for tag, _ in found.tags]
    assert found.open == []
    assert names.count("style") == 1
    assert not {"script", "link", "img", "iframe", "object", "form", "a"} & set(names)
    for _, attributes in found.tags:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "href")]
    assert "url(" not in page
    assert "@import" not in page
    assert len(page.encode()) < 150_000


def test_the_style_is_the_one_that_a_policy_can_name() -> None:
    style = re.search(r"<style>(.*?)</style>", report_html(REPORTS["session"]), re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert style_source() == f"'sha256-{digest}'"


def test_text_from_outside_stays_text() -> None:
    page = report_html(build_report(result(), about(person_code=NAME)))
    assert "<img" not in page
    assert "&lt;img onerror=&#34;x&#34;&gt;&amp;amp; 王小明 אבג" in page


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("positive", "result.positive"),
        ("neutral", "result.neutral"),
        ("negative", "result.negative"),
        ("simulated", "result.measurements"),
        ("unknown", "result.measurements"),
        ("inconclusive", "result.inconclusive"),
        ("refused", "result.not usable"),
        ("unreadable", "result.unreadable"),
    ],
)
def test_each_kind_is_headed_by_its_word_alone(kind: str, word: str, language: str) -> None:
    texts = texts_of(language)
    page = report_html(REPORTS[kind], language)
    headed = re.search(r'<p class="word"><svg.*?</svg><span>(.*?)</span></p>', page)
    assert headed is not None
    assert headed[1] == texts(word)


@pytest.mark.parametrize("kind", ["simulated", "unknown"])
def test_a_model_without_recorded_walks_stands_under_a_banner(kind: str) -> None:
    page = first_page(report_html(REPORTS[kind]))
    assert texts_of("en")(f"banner.{kind}") in page
    for name in ("positive", "negative", "neutral"):
        assert texts_of("en")(f"result.said.{name}") not in page
    assert 'class="banner"' not in report_html(REPORTS["positive"])


def test_how_often_it_is_right_is_said_only_where_it_was_tested() -> None:
    untested = first_page(report_html(build_report(result(), about())))
    assert "Nobody has measured how often such a result is right." in untested
    assert "Of 100 people" not in untested
    tested = first_page(report_html(REPORTS["positive"]))
    assert "Of 100 people with this result, 17 have a curved spine and 83 do not." in tested
    assert hundred_svg(17) in tested


def test_a_refusal_says_why_and_what_to_do_and_shows_no_measurement() -> None:
    page = first_page(report_html(REPORTS["refused"]))
    assert "The walker was filmed from the side. Film from the front or from behind." in page
    assert "What the camera saw" not in page
    assert "How often" not in page


def test_a_person_without_a_code_is_written_by_hand() -> None:
    assert "Person (please write)" in report_html(REPORTS["bare"])
    assert "Person: K-0173" in report_html(REPORTS["positive"])


def test_sentences_of_the_program_are_marked_as_english() -> None:
    page = report_html(REPORTS["inconclusive"], "zh")
    assert '<html lang="zh-Hans">' in page
    assert '<p class="soft" lang="en">Only 1.5 strides were seen; 2 or more are wanted.</p>' in page


def test_sides_are_told_apart_by_line_and_colour() -> None:
    page = first_page(report_html(REPORTS["positive"]))
    assert 'class="right" stroke="#D55E00"' in page
    dashed = re.findall(r'class="(left|right)"[^>]*stroke-dasharray', page)
    assert set(dashed) == {"right"}


def test_the_same_report_gives_the_same_page() -> None:
    assert report_html(every_report()["session"]) == report_html(REPORTS["session"])


def test_the_time_stands_before_a_code_that_is_written_from_right_to_left() -> None:
    found = build_report(result(), about(person_code="מרים א"), {})
    page = report_html(found, "en")
    made = f"{found.made_at:%Y-%m-%d %H:%M}"
    footers = re.findall(r"<footer>.*?<bdi>(.*?)</bdi>", page)
    assert len(footers) == 2
    for footer in footers:
        assert footer.startswith(made), "digits after such letters are set in another order"
        assert footer.endswith("מרים א")


@pytest.mark.parametrize("language", languages())
def test_both_pages_say_the_day_of_the_earlier_walk_in_the_same_words(language: str) -> None:
    texts = texts_of(language)
    for day, words in (
        (date(2026, 5, 1), texts("earlier.day", date="2026-05-01")),
        (None, texts("earlier.day_unknown")),
    ):
        earlier = build_report(result(), about(person_code="K-1", walk_date=day))
        now = about(person_code="K-1", earlier=earlier, walk_date=date(2026, 6, 1))
        page = report_html(build_report(result(source="b", walk_id="b"), now), language)
        assert page.count(words) == 2
