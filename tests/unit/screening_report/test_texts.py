"""The catalogues: the same keys and places in every language, plain words on the first page, nothing unused."""

import re
import string
from pathlib import Path

import pytest

import scoliogait.screening_report as room
from report_results import every_report
from scoliogait.errors import DataError
from scoliogait.screening_report.causes import CAUSES
from scoliogait.screening_report.examiner_page import examiner_page
from scoliogait.screening_report.family_page import FamilyPage, family_page
from scoliogait.screening_report.texts import Texts, languages, texts_of

ENGLISH = texts_of("en")
OTHERS = [language for language in languages() if language != "en"]
LONGEST_SENTENCE, MEAN_SENTENCE, LONGEST_WORD = 20, 11, 14


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def sentences(text: str) -> list[str]:
    return [sentence for sentence in re.split(r"(?<=[.?!:])\s+|\n", text) if sentence]


def words(sentence: str) -> list[str]:
    return re.findall(r"[A-Za-z][A-Za-z'-]*", sentence)


def family_sentences() -> list[str]:
    """All that the first page can say in English: its whole catalogue."""
    first = ("banner.", "result.", "todo.", "often.", "saw.", "recording.", "footer.", "causes.")
    texts = [text for key, text in ENGLISH.words.items() if key.startswith(first) or key.endswith("_title")]
    return [sentence for text in texts for sentence in sentences(text)]


def test_english_comes_first_and_chinese_is_there() -> None:
    assert languages()[0] == "en"
    assert "zh" in languages()


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_the_same_keys(language: str) -> None:
    other = texts_of(language)
    assert other.words.keys() == ENGLISH.words.keys()
    assert {key: len(value) for key, value in other.lists.items()} == {
        key: len(value) for key, value in ENGLISH.lists.items()
    }


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_the_same_places_for_values(language: str) -> None:
    other = texts_of(language)
    assert {key: places(text) for key, text in other.words.items()} == {
        key: places(text) for key, text in ENGLISH.words.items()
    }


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_translates(language: str) -> None:
    """The same text stands in both only where it is a number with its unit, or nothing."""
    other = texts_of(language)
    same = {key for key, text in other.words.items() if text == ENGLISH.words[key]}
    assert {key for key in same if re.search(r"[a-z]{3}", re.sub(r"\{.*?\}", "", ENGLISH.words[key]))} == set()


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(DataError, match=r"no texts in language 'x/\.\./en'; expected one of en, zh"):
        texts_of("x/../en")


def test_every_kind_of_reason_has_words() -> None:
    kinds = {key.split(".")[1] for key in ENGLISH.words if key.startswith("causes.")}
    assert kinds == set(CAUSES)


def test_no_text_is_unused() -> None:
    asked = set()

    class Listening(Texts):
        def __call__(self, key: str, **values: object) -> str:
            asked.add(key)
            return super().__call__(key, **values)

    texts = Listening(ENGLISH.language, ENGLISH.words, ENGLISH.lists)
    for report in every_report().values():
        family_page(report, texts)
        examiner_page(report, texts)
    code = "\n".join(path.read_text("utf-8") for path in Path(str(room.__path__[0])).rglob("*.py"))
    # What the reports above do not happen to say must at least be named, or be one of a group that is.
    groups = (
        "causes.",
        "recording.",
        "examiner.units.",
        "examiner.checks.",
        "examiner.views.",
        "examiner.selections.",
        "banner.",
    )
    unused = {
        key
        for key in ENGLISH.words.keys() - asked
        if not key.startswith(groups) and f'"{key}"' not in code and f'"{key.split(".")[-1]}"' not in code
    }
    assert unused == set()


def test_sentences_for_families_are_short() -> None:
    lengths = {sentence: len(words(sentence)) for sentence in family_sentences()}
    assert {sentence for sentence, length in lengths.items() if length > LONGEST_SENTENCE} == set()
    assert sum(lengths.values()) / len(lengths) <= MEAN_SENTENCE


def test_words_for_families_are_plain() -> None:
    found = {word for sentence in family_sentences() for word in words(sentence)}
    assert {word for word in found if len(word) > LONGEST_WORD} == set()
    # An abbreviation: two or more capitals. X-ray is a word that everybody knows.
    assert {word for word in found if re.search(r"[A-Z]{2}|[A-Z]\.", word)} == set()
    technical = {"probability", "asymmetry", "sensitivity", "specificity", "interval", "scoliosis", "risk", "cobb"}
    assert {word.lower() for word in found} & technical == set()


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", every_report())
def test_no_probability_stands_on_the_first_page(kind: str, language: str) -> None:
    report = every_report()[kind]
    shown = shown_words(family_page(report, texts_of(language)))
    for one in report.probabilities:
        assert f"{one.value:.3f}" not in shown
        assert f"{one.value:.2f}" not in shown
    assert "risk" not in shown.lower()
    assert "风险" not in shown


def shown_words(page: FamilyPage) -> str:
    return re.sub(r"<svg.*?</svg>", " ", repr(page), flags=re.DOTALL)
