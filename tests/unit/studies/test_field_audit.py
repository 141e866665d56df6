"""The page is what the script writes; intervals by definition and by simulation; counts give what is printed."""

import re
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import binom
from studies.field_audit import (
    Claim,
    area_interval,
    area_standard_error,
    exact_interval,
    main,
    page,
    read_systems,
)

from scoliogait.errors import DataError

PAGE = Path(__file__).parents[3] / "docs" / "field-audit.md"
CLAIMS = [(one.name, claim) for one in read_systems() for claim in one.claims]


def test_the_page_is_what_the_script_writes(tmp_path: Path) -> None:
    main(["--page", str(tmp_path / "page.md")])
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "claim"), CLAIMS, ids=[f"{name}: {claim.figure}" for name, claim in CLAIMS])
def test_counts_give_what_is_printed(name: str, claim: Claim) -> None:
    """Every share whose source prints a percentage or a fraction of its own."""
    printed = re.fullmatch(r'(?:"\w+" )?(\d+\.\d+)( %)?', claim.printed)
    if printed is None:
        assert claim.printed.startswith(("not ", "up to ")) or "precision" in claim.printed
        return
    digits = len(printed[1].partition(".")[2])
    if claim.right is not None and claim.of is not None:
        value = claim.right / claim.of * (100 if printed[2] else 1)
        assert f"{value:.{digits}f}" == printed[1]
    elif claim.area is not None:
        assert f"{claim.area:.{digits}f}" == printed[1]


def test_85_19_percent_of_748_walks_do_not_exist() -> None:
    assert not [k for k in range(749) if f"{100 * k / 748:.2f}" == "85.19"]


def test_the_site_is_the_weighted_sum_of_its_parts() -> None:
    areas = {claim.figure: claim.area for name, claim in CLAIMS if name == "ScoliDetect" and claim.area is not None}
    within, schools = areas["ROC AUC within hospital A"], areas["ROC AUC, hospital positives against school negatives"]
    assert (155 * schools + 17 * within) / 172 == pytest.approx(areas["external ROC AUC"], abs=0.00001)
    assert areas["the site alone, ROC AUC"] == pytest.approx((155 + 17 / 2) / 172, abs=0.00005)


def test_exact_intervals_by_their_definition() -> None:
    """At the lower bound 2.5 % see as many or more, at the upper 2.5 % as many or fewer."""
    low, high = exact_interval(12, 14)
    assert binom.sf(11, 14, low) == pytest.approx(0.025)
    assert binom.cdf(12, 14, high) == pytest.approx(0.025)
    assert exact_interval(0, 17)[0] == 0
    assert exact_interval(0, 17)[1] == pytest.approx(1 - 0.025 ** (1 / 17))


def test_the_error_of_an_area_against_a_simulation() -> None:
    """Exponential scores, for which Hanley and McNeil's formula is exact."""
    rng = np.random.default_rng(0)
    sick, healthy, rate = 52, 30, 3.0  # the chance that a sick score is higher is rate / (1 + rate)
    draws = []
    for _ in range(4000):
        a, b = rng.exponential(rate, sick), rng.exponential(1.0, healthy)
        draws.append((a[:, None] > b).mean())
    area = rate / (1 + rate)
    assert np.mean(draws) == pytest.approx(area, abs=0.005)
    assert area_standard_error(area, sick, healthy) == pytest.approx(np.std(draws), rel=0.05)
    low, high = area_interval(area, sick, healthy)
    assert high - low == pytest.approx(2 * 1.96 * np.std(draws), rel=0.05)
    assert area_interval(1.0, sick, healthy)[0] < 0.97
    assert area_interval(1.0, sick, healthy)[1] == 1
    almost = area_interval(0.9999, sick, healthy)
    assert area_interval(1.0, sick, healthy)[0] - 0.001 < almost[0] < 0.97
    assert 0.9999 < almost[1] < 1


@pytest.mark.parametrize(
    "fields", [{}, {"right": 3}, {"right": 3, "of": 2}, {"right": 1, "of": 2, "lacking": "x"}, {"area": 0.5, "sick": 3}]
)
def test_a_claim_is_of_one_kind(fields: dict) -> None:
    with pytest.raises(ValidationError, match=r"expected right and of|is no share"):
        Claim(figure="accuracy", printed="0.5", **fields)


def test_a_figure_without_counts_says_so() -> None:
    lines = [line for line in page(read_systems()).splitlines() if "| not published | none |" in line]
    assert len(lines) == sum(claim.lacking is not None for _, claim in CLAIMS) > 0
    assert all("lacking: " in line for line in lines)


def test_predictions_are_counted_and_not_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "theirs.csv"
    scores = [(1, 0.9), (1, 0.4), (0, 0.6), (0, 0.1), (0, 0.2), (0, 0.3)]
    file.write_text("label,p\n" + "".join(f"{label},{score}\n" for label, score in scores), encoding="utf-8")
    options = ["--predictions", str(file), "--truth", "label", "--score", "p", "--threshold", "0.35"]
    main([*options, "--part", "hospital=0:3", "--part", "school=3:6"])
    whole, hospital, school, alone = capsys.readouterr().out.splitlines()
    assert whole.startswith("all rows: 6 rows, ROC AUC 0.8750")
    assert "2 of 2 sick are called, 3 of 4 others are not" in whole
    assert hospital.startswith("hospital: 3 rows, ROC AUC 0.5000")
    assert "undefined (one class)" in school
    assert alone.startswith("the part alone: 0.8750")
    assert [path.name for path in tmp_path.iterdir()] == ["theirs.csv"]
    with pytest.raises(DataError, match=r"--part school=3:9: expected NAME=FIRST:END within the 6 rows"):
        main([*options, "--part", "school=3:9"])
    with pytest.raises(DataError, match="has no column 'score'; it has label, p"):
        main(["--predictions", str(file), "--truth", "label"])
