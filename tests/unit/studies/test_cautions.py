"""The study of cautions counts what is said of walks."""

from pathlib import Path

import pytest
from studies import cautions as study


def test_kinds_are_named() -> None:
    (walk, *_) = study.walks(6, n_frames=120)
    assert study.kinds_of(walk) == frozenset()
    assert study.kinds_of(study.stretched(walk, 1.5)) == {"stretched"}
    assert study.kinds_of(study.rolled(walk, 9.0)) == {"rolled camera"}
    assert study.kinds_of(study.rolled(walk, 180.0)) == {"refused"}


@pytest.mark.slow
def test_it_writes_both_tables(tmp_path: Path) -> None:
    study.main(["--out", str(tmp_path), "--walks", "6"])
    text = (tmp_path / "cautions.md").read_text(encoding="utf-8")
    assert "| jumps | 0 | 0 | 0 |" in text
    assert "| other | 0 | 0 | 0 |" in text
    assert "| camera at 2.6 m | 100% |" in text
