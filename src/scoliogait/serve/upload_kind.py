"""Which files are taken: by the end of their name and by their first bytes, before anything decodes them.

What the browser says of the type is not looked at. A pickle is never taken from the web, and no text that names other
files or addresses, such as a playlist.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from scoliogait.limits import MAX_FILE_BYTES, MAX_POINTS_BYTES, MAX_RECORDING_BYTES, MAX_TEXT_TABLE_BYTES
from scoliogait.serve.refused import Refused
from scoliogait.video.container import SUFFIXES, demuxer_of

HEAD_BYTES = 4096
POSES = {
    ".npz": MAX_POINTS_BYTES,
    ".json": MAX_RECORDING_BYTES,
    ".csv": MAX_TEXT_TABLE_BYTES,
    ".trc": MAX_TEXT_TABLE_BYTES,
}
TAKEN = tuple(sorted(SUFFIXES)) + tuple(POSES)
_POSE_WORDS = ", ".join(ending[1:] for ending in POSES)
_PLAYLISTS = (b"#ext", b"ffconcat", b"[playlist]", b"<?xml", b"<smil", b"<asx", b"<mpd", b"v=0\r\n", b"v=0\n")


def ending_of(name: str) -> str:
    """The ending that the stored file gets: one of ``TAKEN``. Raises Refused (415) for any other."""
    ending = PurePosixPath(name.lower()).suffix
    if ending not in TAKEN:
        raise Refused(415, "other_kind", name=name, poses=_POSE_WORDS)
    return ending


def most_bytes(ending: str) -> int:
    """The most that is read of a file of this kind at all."""
    return POSES.get(ending, MAX_FILE_BYTES)


def check_head(name: str, ending: str, head: bytes) -> None:
    """Raise Refused (415) where there are no bytes, or the first are not those of such a file."""
    if not head:
        raise Refused(415, "empty", name=name)
    if not _fits(ending, head):
        if ending in SUFFIXES:
            raise Refused(415, "no_video", name=name)
        raise Refused(415, "no_poses", name=name, kind=ending[1:])


def _fits(ending: str, head: bytes) -> bool:
    if ending in SUFFIXES:
        return demuxer_of(head) is not None
    if ending == ".npz":
        return head.startswith(b"PK\x03\x04")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text or b"\0" in head or text.lower().startswith(_PLAYLISTS):
        return False
    return text[:1] in b"{[" if ending == ".json" else True
