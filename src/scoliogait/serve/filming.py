"""The pictures of the filming guide, in their order. ``tools/draw_filming_guide.py`` draws them."""

from __future__ import annotations

# Keys of the words below each.
SCENES = ("filming.place", "filming.way")
RIGHT = ("filming.whole",)
WRONG = (
    *("filming.cut", "filming.tilted", "filming.small", "filming.several", "filming.dark", "filming.blurred"),
    *("filming.sideways", "filming.dressed", "filming.hair", "filming.stick"),
)


def picture_file(key: str) -> str:
    """Its name in ``static/``."""
    return f"{key.replace('.', '-')}.png"


PICTURE_FILES = frozenset(map(picture_file, (*SCENES, *RIGHT, *WRONG)))
