import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.labels import LEGACY_LABEL_ORDER, OUR_LABEL_ORDER, LabelOrder, ScreeningClass, parse_class


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Positive", ScreeningClass.POSITIVE),
        ("NEGATIVE", ScreeningClass.NEGATIVE),
        (" neutral ", ScreeningClass.NEUTRAL),
        ("critical", ScreeningClass.NEUTRAL),
    ],
)
def test_spellings(text: str, expected: ScreeningClass) -> None:
    assert parse_class(text, "here") is expected


def test_unknown_spelling_names_the_place_and_the_choices() -> None:
    with pytest.raises(DataError, match=r"tree/00000: unknown class 'postive'; expected negative, neutral, positive"):
        parse_class("postive", "tree/00000")


def test_abnormal_is_neutral_or_positive() -> None:
    assert [c.abnormal for c in ScreeningClass] == [False, True, True]


def test_label_order_brings_foreign_logits_into_our_order() -> None:
    theirs = np.array([[0.1, 0.9, 0.5]])  # negative, positive, neutral
    assert theirs[:, LEGACY_LABEL_ORDER.columns_in_our_order()].tolist() == [[0.1, 0.5, 0.9]]
    assert OUR_LABEL_ORDER.columns_in_our_order() == [0, 1, 2]


@pytest.mark.parametrize("names", [("negative", "neutral"), ("negative", "neutral", "neutral"), ("a", "b", "c")])
def test_label_order_must_be_a_permutation(names: tuple[str, ...]) -> None:
    with pytest.raises(DataError, match="label order"):
        LabelOrder.from_names(names)
