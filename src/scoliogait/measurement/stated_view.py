"""Does the view that a file or folder states agree with what the poses show?

Views are written as in OpenGait's trees: the angle between the way and the line to the camera in degrees, 000 towards
it, 090 from the side, 180 away from it, several joined by ``_``; or in words. A view that means none of these is taken
for a name and not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Angles further than this from 0, 90, 180 and 270 are neither.
_NEAR_DEG = 30
_WORDS = {"front": "front", "frontal": "front", "back": "back", "rear": "back", "behind": "back", "side": "side"}
_OF_QUARTERS = ("front", "side", "back", "side")


def sides_of_view(view: str) -> frozenset[str]:
    """Of "front", "back" and "side" those that a view states; empty where it states none, or something else beside."""
    parts = [part for part in re.split(r"[\s_,+/-]+", view.strip().lower()) if part not in ("", "and", "view")]
    sides = [_side(part) for part in parts]
    return frozenset(side for side in sides if side) if all(sides) else frozenset()


def view_cautions(stated: str | None, seen: str) -> Iterator[str]:
    """A sentence where ``seen``, as ``WalkQuality.view`` names it, shows a side that ``stated`` does not."""
    sides = sides_of_view(stated or "")
    shown = set(seen.split(" and ")) & {"front", "back", "side"}
    if sides and not shown <= sides:
        yield (
            f"The file states the view {stated!r} ({' and '.join(sorted(sides))}), but the poses show the {seen}: "
            "another recording, left and right exchanged, or a wrong name."
        )


def _side(part: str) -> str | None:
    if part in _WORDS:
        return _WORDS[part]
    if not re.fullmatch(r"\d{3}", part) or int(part) > 360:
        return None
    quarter, off = divmod(int(part) + 45, 90)
    return _OF_QUARTERS[quarter % 4] if abs(off - 45) <= _NEAR_DEG else None
