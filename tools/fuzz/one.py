"""Fuzzes one reader until its time is over; needs atheris.

``python -m tools.fuzz.one READER WORK_FOLDER [options of libFuzzer]``
"""

from __future__ import annotations

import logging
import sys
import warnings
from pathlib import Path

import atheris

sys.path.append(str(Path(__file__).parents[2] / "tests"))  # their files are the seeds

with atheris.instrument_imports(include=["scoliogait", "yaml", "zipfile", "pickletools", "numpy.lib.format"]):
    from tools.fuzz.programs import PROGRAMS

    if sys.argv[1] not in PROGRAMS:  # these take seconds longer to import
        from tools.fuzz.readers import READERS


def main() -> None:
    name, work, *options = sys.argv[1:]
    reader, folder = PROGRAMS.get(name) or READERS[name], Path(work)
    corpus, place, seeds = (folder / part for part in ("corpus", "file", "seeds"))
    for part in (corpus, place, seeds):
        part.mkdir(parents=True, exist_ok=True)
    written = reader.seeds(seeds)
    for number, seed in enumerate(written):
        (corpus / f"seed-{number}").write_bytes(seed)
    if not reader.try_on(place, written[0]):
        sys.exit(f"{name}: the first seed is refused; it must be a whole file")
    warnings.simplefilter("ignore")
    logging.disable()
    atheris.Setup([sys.argv[0], *options, str(corpus)], lambda content: reader.try_on(place, content) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
