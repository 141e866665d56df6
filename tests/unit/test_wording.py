"""Pieces of messages."""

from scoliogait.wording import first_few, nearest


def test_the_nearest_word_is_the_one_that_was_meant() -> None:
    assert nearest("sconet-mt-113", ["drf-112", "sconet-mt-112", "small-ske"]) == "sconet-mt-112"
    assert nearest("xyz", ["drf-112"]) is None
    assert nearest("drff", ["drf-112"], cutoff=0.9) is None


def test_a_long_list_is_cut_and_counted() -> None:
    ids = [f"{index:05d}" for index in range(13)]
    assert first_few(ids[:2]) == "00000, 00001"
    assert first_few(ids) == ", ".join(ids[:10]) + " and 3 more"
    assert first_few(ids, most=1) == "00000 and 12 more"
    assert first_few([]) == "none"
