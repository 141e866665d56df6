"""The process of one job: recordings in, result file out. ``python -m scoliogait.serve.job``, its request on a line.

Only here anything is decoded. It says on standard output how far it is; its limits are in ``job_limits.py``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from scoliogait.serve.job_limits import end_with_the_server, limit, refuse_network
from scoliogait.serve.job_request import STARTING, JobFile, JobRequest, Outcome, Said
from scoliogait.serve.sentence import Sentence

if TYPE_CHECKING:
    from scoliogait.walk import Walk

Say = Callable[[Said], None]
# Of all the work: what reading the recordings takes, next to loading libraries and screening.
_BEGUN, _READ = 0.05, 0.9


def main() -> None:
    """Take the request from standard input, do it, and end. Faults end in a traceback that nobody sees, and a code."""
    line = sys.stdin.buffer.readline()
    end_with_the_server()
    request = JobRequest.from_line(line)
    limit(request.memory_bytes, request.work_s, request.written_bytes)
    refuse_network()
    said = sys.stdout
    sys.stdout = sys.stderr  # what libraries print is no progress
    do(request, lambda words: _say(words, said))
    os._exit(0)  # all is written: libraries that were loaded need seconds to end


def _say(words: Said, out: TextIO) -> None:
    print(words.to_line(), file=out, flush=True)


def do(request: JobRequest, say: Say) -> None:
    """Read, screen, and write the report; the last thing said is the outcome."""
    say(STARTING)
    from scoliogait.api.report import ReportFacts, card_of
    from scoliogait.errors import DataError
    from scoliogait.files import sha256_of
    from scoliogait.result_states import UNREADABLE
    from scoliogait.screening import load_model
    from scoliogait.screening_report.outputs import write_report
    from scoliogait.serve.data_folder import report_name
    from scoliogait.serve.screened import refused, screened
    from scoliogait.serve.texts import page_languages

    facts = ReportFacts(person_code=request.person or None)
    card = card_of(request.model)
    walks: list[Walk] = []
    try:
        walks += [_read(number, request.files, say) for number in range(len(request.files))]
        say(Said(_READ, Sentence("progress.measuring")))
        report = screened(walks, load_model(request.model), facts)
        last = Said(1.0, Sentence("state.done"), outcome="done")
    except DataError as error:
        words = as_shown(str(error), request.files)
        digests = [sha256_of(Path(file.path)) for file in request.files]
        report = refused(error, words, digests, facts, was_read=bool(walks))
        outcome: Outcome = "unreadable" if report.result.state == UNREADABLE else "refused"
        last = Said(1.0, Sentence.as_it_is(words), outcome=outcome)
    for language in page_languages():
        name = report_name(language)
        write_report(report, Path(request.folder), name, language=language, card=card, overwrite=True)
    say(last)


def _read(number: int, files: tuple[JobFile, ...], say: Say) -> Walk:
    from scoliogait.io.read import read_walk
    from scoliogait.serve.strict_json import check_json

    file = files[number]
    each = (_READ - _BEGUN) / len(files)
    begun = _BEGUN + each * number
    at = Sentence("progress.reading", {"number": number + 1, "n": len(files)})

    def progress(done: int, total: int, so_far: str = "") -> None:
        share = min(1.0, done / total) if total else 0.0  # 0 where nobody knows how many there are
        say(Said(begun + each * share, at, so_far))

    say(Said(begun, at))
    check_json(Path(file.path))
    return read_walk(file.path, walk_id=Path(file.shown).stem or file.shown, progress=progress)


def as_shown(message: str, files: tuple[JobFile, ...]) -> str:
    """A message with the names that people know, and no path of this machine."""
    for file in files:
        message = message.replace(file.path, file.shown)
    return " ".join(message.split())


if __name__ == "__main__":
    main()
