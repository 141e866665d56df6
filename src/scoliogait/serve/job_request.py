"""What a server hands to the process of a job, and what that says back, line by line."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

from scoliogait.serve.sentence import Sentence

Outcome = Literal["done", "refused", "unreadable"]


@dataclass(frozen=True)
class JobFile:
    """path: where the recording lies. shown: what the user calls it, and what messages call it."""

    path: str
    shown: str


@dataclass(frozen=True)
class JobRequest:
    """files: recordings of one person, whose code may be empty. folder: for the report. Limits: ``Settings``."""

    files: tuple[JobFile, ...]
    person: str
    folder: str
    model: str
    memory_bytes: int
    work_s: float
    written_bytes: int

    def to_line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> JobRequest:
        values = json.loads(line)
        return cls(**values | {"files": tuple(JobFile(**file) for file in values["files"])})


@dataclass(frozen=True)
class Said:
    """A line of a job. share: 0..1 of the work that is done; at: what it is at, or why it has no result.

    so_far: what was seen until now, in English alone. outcome: only in its last line.
    """

    share: float
    at: Sentence
    so_far: str = ""
    outcome: Outcome | None = None

    def to_line(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_line(cls, line: str) -> Said:
        values = json.loads(line)
        return cls(**values | {"at": Sentence(**values["at"])})


STARTING = Said(0.0, Sentence("progress.starting"))
