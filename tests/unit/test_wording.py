"""Pieces of messages."""

from scoliogait.wording import first_few, kind_of_reason, nearest


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


def test_reasons_of_a_kind_are_one_kind() -> None:
    rolled = {
        kind_of_reason(f"The camera is rolled by {angle} degrees, or so.") for angle in ("-3.1 ± 0.4", "+4 ± 1.2")
    }
    assert rolled == {"The camera is rolled by … ± … degrees, or so"}
    refusal = "a.npz: walk 'w' cannot be screened: side view: the shoulders appear 0.17 trunk lengths wide"
    assert kind_of_reason(refusal) == "side view"
