"""The page in two languages: which one is shown, that nothing is said in the other, and what its catalogue holds."""

import re
import string
from collections.abc import Callable
from pathlib import Path

import pytest

import scoliogait.serve
from scoliogait.screening_report.texts import languages
from scoliogait.serve.sentence import Sentence
from scoliogait.serve.texts import page_languages, page_texts
from serve_client import Client
from serve_thread import Running

Start = Callable[..., Running]
ENGLISH = page_texts("en")
OTHERS = [language for language in page_languages() if language != "en"]
SOURCES = Path(scoliogait.serve.__file__).parent
# Chosen in a condition, or by a name.
INDIRECT = {"refused.not_possible", "as_is", *(f"compare.{column}" for column in ("change", "mdc95", "earlier", "now"))}
NAMES = {"scoliogait", "Cobb", "npz", "json", "csv", "trc", "WebM", "MOV", "JavaScript", "JSON", "FHIR", "signal"}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_page_speaks_the_languages_of_reports() -> None:
    assert page_languages() == languages()


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_the_same_keys_and_the_same_places_for_values(language: str) -> None:
    other = page_texts(language)
    assert {key: places(text) for key, text in other.words.items()} == {
        key: places(text) for key, text in ENGLISH.words.items()
    }
    assert {key: len(value) for key, value in other.lists.items()} == {
        key: len(value) for key, value in ENGLISH.lists.items()
    }


def test_every_text_is_used_and_every_text_that_is_used_is_there() -> None:
    files = [*SOURCES.glob("*.py"), *SOURCES.glob("templates/*.html")]
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    script = (SOURCES / "static" / "page.js").read_text(encoding="utf-8")
    rooms = "|".join(sorted({key.partition(".")[0] for key in ENGLISH.words if "." in key} | {"filming"}))
    named = set(re.findall(rf'"((?:{rooms})\.(?!html|css|js)\w+)"', source))
    named |= {f"refused.{why}" for why in re.findall(r'Refused\([^()]*?"(\w+)"', source)}
    named |= {f"script.{key}" for key in re.findall(r'\btext\("(\w+)"', script)}
    known = {key for key in (*ENGLISH.words, *ENGLISH.lists) if not key.startswith(("state.", "error.s"))}
    assert {key for key in named if not key.startswith(("state.", "error.s"))} <= known
    assert known - named <= INDIRECT


def test_the_language_is_that_of_the_browser(client: Client) -> None:
    for asked, shown in (
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("en-US,en;q=0.9,zh;q=0.1", "en"),
        ("en;q=0.2, zh-TW", "zh-Hans"),
        ("zh;q=0, de", "en"),
        ("zh;q=much", "en"),
        ("", "en"),
    ):
        answer = client.ask("GET", "/", headers={"accept": "text/html", "accept-language": asked})
        assert f'<html lang="{shown}">' in answer.text, asked
        assert "set-cookie" not in answer.headers


def test_the_language_that_was_chosen_stays(client: Client) -> None:
    chosen = client.page("/filming?lang=zh")
    assert '<html lang="zh-Hans">' in chosen.text
    cookie = chosen.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    client.cookie = cookie.partition(";")[0]
    assert '<html lang="zh-Hans">' in client.page("/").text
    assert '<html lang="en">' in client.page("/?lang=en").text
    for wrong in ("/?lang=tlh", "/?lang=", "/?lang=..%2Fen", "/?" + "&".join(["x=1"] * 3000)):
        assert '<html lang="zh-Hans">' in client.page(wrong).text


def test_a_language_given_at_the_start_goes_before_that_of_the_browser(start: Start) -> None:
    client = start(language="zh").client
    headers = {"accept": "text/html", "accept-language": "en"}
    assert '<html lang="zh-Hans">' in client.ask("GET", "/", headers=headers).text
    assert '<html lang="en">' in client.ask("GET", "/?lang=en", headers=headers).text


def test_the_switch_leads_to_the_same_page(client: Client) -> None:
    page = client.page("/compare?first=a%26b&second=2&lang=en").text
    assert 'href="?first=a%26b&amp;second=2&amp;lang=zh"' in page


def test_a_page_in_chinese_says_nothing_in_english(client: Client) -> None:
    client.cookie = "scoliogait-language=zh"
    sent = [client.send({"a.npz": b"PK\x03\x04" + word}) for word in (b"ok ", b"refuse ", b"crash ")]
    for session in sent:
        client.wait(session)
    for path in ("/", "/filming", "/sign-in", "/nowhere", *(f"/sessions/{one}" for one in sent)):
        page = client.page(path).text.partition("</head>")[2]
        own = re.sub(r'<a [^>]*lang="en".*?</a>|<p lang="en">.*?</p>|<bdi>.*?</bdi>|<code>.*?</code>', "", page)
        words = set(re.findall(r"[A-Za-z]{3,}", re.sub(r"<[^>]+>", " ", own)))
        assert words <= NAMES, path
    states = client.ask("GET", "/states").json["changed"]
    assert [states[one]["words"] for one in sent] == ["报告已完成", "不可用", "已中断"]
    assert client.change("POST", f"/sessions/{sent[0]}/cancel").json["error"] == "它已经结束。"


def test_the_report_is_in_the_language_of_the_page(client: Client) -> None:
    session = client.send({"a.npz": b"PK\x03\x04ok "})
    client.wait(session)
    for language in page_languages():
        assert f"A report, {language}" in client.page(f"/sessions/{session}/report?lang={language}").text


def test_a_sentence_survives_where_it_is_kept() -> None:
    sentence = Sentence("failed.minutes", {"minutes": 0.5})
    assert Sentence.from_text(sentence.to_text()) == sentence
    assert sentence.said(ENGLISH) == "It took more than 0.5 minutes. Give a shorter recording."
    assert Sentence.as_it_is("{braces} of a name").said(page_texts("zh")) == "{braces} of a name"
