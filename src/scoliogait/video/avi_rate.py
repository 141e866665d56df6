"""Whether an AVI file says how many pictures it shows in a second.

Its pictures have no times but those that follow from this rate. FFmpeg takes 25 a second where the header has none.
"""

from __future__ import annotations

import struct
from pathlib import Path

_HEAD_BYTES = 4096


def states_a_rate(path: Path) -> bool:
    """True where the header of the file, or that of its first video track, has a rate that is not zero."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    main, track = head.find(b"avih"), _video_track(head)
    if main < 0 or track < 0 or len(head) < track + 36:
        return True  # the header lies elsewhere: nothing is known against it
    (picture_us,) = struct.unpack_from("<I", head, main + 8)
    scale, rate = struct.unpack_from("<II", head, track + 28)
    return picture_us > 0 or (scale > 0 and rate > 0)


def _video_track(head: bytes) -> int:
    """Where the header of the first video track begins; -1 where none is found."""
    at = head.find(b"strh")
    while at >= 0 and head[at + 8 : at + 12] != b"vids":
        at = head.find(b"strh", at + 4)
    return at
