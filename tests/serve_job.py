"""Stands in for the job of ``scoliogait serve``: does what the first recording tells it to, without heavy libraries.

A recording begins like an archive; the word behind that decides: ``ok`` (also of any other), ``refuse``, ``slow``,
``bomb`` (memory), ``crash``, ``large`` (writes a file above its limit), ``network``.
"""

import ctypes
import json
import os
import sys
import time
from pathlib import Path

from scoliogait.serve.data_folder import report_name
from scoliogait.serve.job_limits import end_with_the_server, limit, refuse_network
from scoliogait.serve.job_request import JobRequest, Said
from scoliogait.serve.sentence import Sentence
from scoliogait.serve.texts import page_languages

VALUES = {"shoulder_tilt": (2.6, [1.1, 4.1], 1.5), "hip_tilt": (-0.4, [-1.2, 0.4], 0.9)}


def say(share: float, words: str, outcome: str | None = None) -> None:
    print(Said(share, Sentence.as_it_is(words), outcome=outcome).to_line(), flush=True)  # type: ignore[arg-type]


def report(request: JobRequest) -> str:
    """A report as the real job writes one; the size of the file moves its values, so that two sessions differ."""
    moved = Path(request.files[0].path).stat().st_size / 1000
    measured = [
        {"measure": name, "unit": "deg", "value": round(value + moved, 1), "interval": ends, "sd_of_pass": 0.5}
        | {"mdc95": mdc95, "n_strides": 6, "reading": "not_judged"}
        for name, (value, ends, mdc95) in VALUES.items()
    ]
    content = {"format": "scoliogait.report", "version": 1, "person_code": request.person or None, "walk_date": None}
    content |= {"made_at": "2026-01-01T12:00:00Z", "n_passes": len(request.files), "asymmetries": measured}
    content |= {
        "result": {
            "state": "inconclusive",
            "called": None,
            "reasons": [{"cause": "other", "text": request.files[0].shown}],
        }
    }
    content |= {"model": None, "record": {"recordings": [], "scoliogait_version": "0", "code": "00000000"}}
    return json.dumps(content | {"statements": [], "notes": []})


def main() -> None:
    request = JobRequest.from_line(sys.stdin.buffer.readline())
    end_with_the_server()
    limit(request.memory_bytes, request.work_s, request.written_bytes)
    refuse_network()
    word = Path(request.files[0].path).read_bytes()[4:12].split()[0]
    say(0.1, "begun")
    if word == b"slow":
        for step in range(600):
            say(step / 600, "slowly")
            time.sleep(0.1)
    if word == b"bomb":
        held = []
        while True:
            held.append(b"x" * 20_000_000)
            time.sleep(0.01)
    if word == b"crash":
        ctypes.string_at(0)
    if word == b"large":
        Path("large").write_bytes(b"x" * (request.written_bytes + 1))
    if word == b"network":
        os.dup2(2, 1)
        import socket

        socket.create_connection(("127.0.0.1", 9))
    if word == b"refuse":
        say(1.0, "The walker is too small; film from nearer.", "refused")
        return
    for language in page_languages():
        files = Path(request.folder, report_name(language))
        files.with_suffix(".json").write_text(report(request))
        page = f"<!doctype html><style>p {{color: teal}}</style><p>A report, {language}</p>"
        files.with_suffix(".html").write_text(page)
    say(1.0, "", "done")


if __name__ == "__main__":
    main()
