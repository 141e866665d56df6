"""A few real walks that come with the package; ``README.md`` beside this file states origin and licence of each.

Nobody here has a known diagnosis: they show that the software runs on real people, and nothing about its accuracy.
"""

from __future__ import annotations

from pathlib import Path


def sample_paths() -> tuple[Path, ...]:
    """The walk files, sorted by name; ``read_walk`` reads each."""
    return tuple(sorted(Path(__file__).parent.glob("*.npz")))


def rendered_paths() -> tuple[Path, Path]:
    """Both passes of a drawn figure, to the camera and back: no person, and what was planted into it is known."""
    folder = Path(__file__).parent / "rendered"
    return folder / "there.npz", folder / "back.npz"
