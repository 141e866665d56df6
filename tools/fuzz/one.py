"""Fuzzes one reader until its time is over; needs atheris.

``python -m tools.fuzz.one READER WORK_FOLDER [options of libFuzzer]``
"""

from __future__ import annotations

import logging
import sys
import warnings
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["scoliogait", "yaml", "zipfile", "pickletools", "numpy.lib.format"]):
    from tools.fuzz.readers import READERS

# A frame with nobody in it is a valid start, and no walk.
_REFUSED_AFTER_READING = ("openpose",)


def main() -> None:
    name, work, *options = sys.argv[1:]
    reader, folder = READERS[name], Path(work)
    corpus, place, seeds = (folder / part for part in ("corpus", "file", "seeds"))
    for part in (corpus, place, seeds):
        part.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(reader.seeds(seeds)):
        (corpus / f"seed-{number}").write_bytes(seed)
        if (
            not reader.try_on(place, seed) and name != "openpose"
        ):  # one frame shows no walk: it is refused after reading
            sys.exit(f"{name}: a seed is refused; it must be a valid file")
    warnings.simplefilter("ignore")
    logging.disable()
    atheris.Setup([sys.argv[0], *options, str(corpus)], lambda content: reader.try_on(place, content) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
