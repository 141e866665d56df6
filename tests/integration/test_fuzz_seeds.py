"""Fuzzing starts from whole files of every format; each is read."""

import contextlib
from pathlib import Path

import pytest
from tools.fuzz.programs import PROGRAMS
from tools.fuzz.readers import READERS

from scoliogait.errors import DataError
from scoliogait.io.read import FORMATS, format_of

ALL = {**READERS, **PROGRAMS}


@pytest.mark.parametrize("name", ALL)
def test_the_first_seed_is_read(tmp_path: Path, name: str) -> None:
    reader = ALL[name]
    assert reader.try_on(tmp_path, reader.seeds(tmp_path)[0])


def test_every_format_is_fuzzed(tmp_path: Path) -> None:
    seen = set()
    for name, reader in ALL.items():
        for number, seed in enumerate(reader.seeds(tmp_path)):
            folder = tmp_path / f"{name}-{number}"
            folder.mkdir()
            (folder / reader.name).write_bytes(seed)
            for place in (folder, folder / reader.name):
                with contextlib.suppress(DataError):
                    seen.add(format_of(place).name)
    assert seen == {known.name for known in FORMATS}
