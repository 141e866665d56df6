"""What lies at a path that was given for something else, in words: the usual mix-ups are named in the refusal."""

from __future__ import annotations

from pathlib import Path

from scoliogait.errors import DataError
from scoliogait.files import read_json

# Our folders by the file that makes them what they are, and what that file says of itself.
_OURS = {
    "store.json": ("scoliogait-store", "a walk store"),
    "run.json": ("scoliogait.run", "a run folder"),
    "config.json": ("scoliogait-model", "a model bundle"),
    "reproduce.json": ("scoliogait.reproduction", "a reproduction"),
}
# Our files that are no walk, by what they say of themselves.
_OUR_FILES = {
    "scoliogait.screenings": "a result of `scoliogait screen`",
    "scoliogait.session": "a result of `scoliogait screen --session`",
    "scoliogait.report": "a report of `scoliogait report`",
}


def what_it_is(path: str | Path) -> str:
    """Such as `` (it is a walk store)``, to stand behind "is not a run folder"; empty where nothing is known of it."""
    place = Path(path)
    if not place.exists():
        return " (nothing lies there)"
    if not place.is_dir():
        return f" (it is {result_file(place) or 'a file'})"
    ours = next((words for name, (mark, words) in _OURS.items() if _says(place / name, mark)), None)
    if ours is not None:
        return f" (it is {ours})"
    return "" if any(place.iterdir()) else " (it is an empty folder)"


def result_file(file: Path) -> str | None:
    """Which of our files of results this is, in words; None for any other."""
    if file.suffix.lower() != ".json":
        return None
    return next((words for mark, words in _OUR_FILES.items() if _says(file, mark)), None)


def _says(file: Path, mark: str) -> bool:
    try:
        content = read_json(file) if file.is_file() else None
    except DataError:
        return False
    return isinstance(content, dict) and mark in (content.get("format"), content.get("kind"))
