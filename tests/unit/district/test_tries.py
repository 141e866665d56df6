"""A process that dies leaves the number of the walk that it was busy with; others leave none."""

import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

from scoliogait.district.tries import BEFORE_THE_FIRST, deaths_by_row, forget_tries, new_try

DIES = """
import os, signal, sys
from pathlib import Path
from scoliogait.district.tries import new_try
with new_try(Path(sys.argv[1])) as begin:
    for row in map(int, sys.argv[2:]):
        begin(row)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def die(folder: Path, *rows: int) -> None:
    subprocess.run([sys.executable, "-c", DIES, str(folder), *map(str, rows)], check=False)


def test_deaths_are_counted_by_the_row_that_was_begun_last(tmp_path: Path) -> None:
    assert deaths_by_row(tmp_path / "none") == Counter()
    die(tmp_path / "t", 0, 1, 7)
    die(tmp_path / "t", 7)
    die(tmp_path / "t")
    assert deaths_by_row(tmp_path / "t") == Counter({7: 2, BEFORE_THE_FIRST: 1})
    assert deaths_by_row(tmp_path / "t") == Counter({7: 2, BEFORE_THE_FIRST: 1})
    forget_tries(tmp_path / "t")
    assert not (tmp_path / "t").exists()


def test_what_ends_or_still_goes_on_is_no_death(tmp_path: Path) -> None:
    with new_try(tmp_path) as begin:
        begin(3)
        assert deaths_by_row(tmp_path) == Counter()
    with suppress(ZeroDivisionError), new_try(tmp_path) as begin:
        begin(3)
        raise ZeroDivisionError
    assert deaths_by_row(tmp_path) == Counter()
    assert list(tmp_path.iterdir()) == []


def test_a_try_goes_on_when_another_process_has_finished_the_shard(tmp_path: Path) -> None:
    with new_try(tmp_path / "t") as begin:
        forget_tries(tmp_path / "t")
        begin(4)
    assert not (tmp_path / "t").exists()
