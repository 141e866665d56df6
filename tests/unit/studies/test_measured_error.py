"""The study of the systematic errors writes what it found, and the package states the sizes that it fixes."""

from pathlib import Path

import pytest
from studies import measured_error as study

from scoliogait.measurement.keypoint_error import KEYPOINT_SHARE
from scoliogait.measurement.perspective import MIDLINE_SHIFT


def test_the_shares_in_the_package_are_those_of_simulated_walkers() -> None:
    """40 walks show a share within about a tenth of itself."""
    assert study.sizes(40)["of the jitter"] == pytest.approx(KEYPOINT_SHARE, rel=0.15)


@pytest.mark.slow
def test_it_writes_every_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study.main(["--out", str(tmp_path), "--walks", "8"])
    assert "measured_error.json" in capsys.readouterr().out
    page = (tmp_path / "measured_error.md").read_text(encoding="utf-8")
    assert page.count("| front | ") == page.count("| front and back | ") == len(study.ASSUMPTIONS)
    assert all(f"| {pair} | " in page for pair in MIDLINE_SHIFT)
