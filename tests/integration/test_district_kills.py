"""A run whose workers and client are killed, with an odd walk of each kind, ends as one that nobody disturbed."""

from pathlib import Path

import pytest
from benchmarks.kills import ODD, campaign


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_500_walks_and_six_kills(tmp_path: Path) -> None:
    ending = campaign(tmp_path, n_walks=500, n_frames=30, n_workers=2, n_kills=6, cluster=None)
    files = ending.table["file"].to_pylist()
    assert ending.same
    assert (len(files), len(set(files))) == (500, 500)
    assert sum(count for what, count in ending.outcomes.items() if what.endswith(" killed")) >= 6, ending.outcomes
    assert ending.outcomes["clients killed"] >= 1
    assert ending.outcomes["full disk: runs that ended with code 2"] == 1
    assert ending.outcomes["runs that ended with code 2"] == 1  # some walks were refused, and said so
    rows = {row["file"]: row for row in ending.table.to_pylist()}
    poison, changes, double = (rows[name] for name in ODD)
    assert "ended the process that screened it 3 times" in poison["reason"]
    assert "was changed since the manifest was made" in changes["reason"]
    assert double["outcome"] == rows["00/00000.npz"]["outcome"]
    others = [row for name, row in rows.items() if name not in ODD]
    assert not [row for row in others if row["outcome"] == "unreadable"]
