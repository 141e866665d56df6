"""The hundred people of page 1: exactly as many are filled as the sentence says."""

import re

import pytest

from scoliogait.screening_report.pictures import hundred_svg

HEADS = re.compile(r'<g fill="none" class="(warm|line)-line"[^>]*><path d="M(\d+) (\d+)h([\d.]+)" stroke-width="6.8"')


@pytest.mark.parametrize("filled", [0, 1, 19, 20, 21, 57, 99, 100])
def test_so_many_of_a_hundred_are_filled(filled: int) -> None:
    places: dict[str, list[tuple[int, int]]] = {"warm": [], "line": []}
    for kind, x, y, way in HEADS.findall(hundred_svg(filled)):
        places[kind] += [(int(y), int(x) + 16 * number) for number in range(1 + round(float(way)) // 16)]
    assert (len(places["warm"]), len(places["line"])) == (filled, 100 - filled)
    assert sorted(places["warm"]) + sorted(places["line"]) == sorted(places["warm"] + places["line"])
    assert len(set(places["warm"] + places["line"])) == 100
