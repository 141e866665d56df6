"""The files of overlays: their endings, and what tells them from a recording, which must never be overwritten."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from scoliogait.errors import DataError

WEBM, MP4, PNG = ".webm", ".mp4", ".png"
VIDEO_ENDINGS = (WEBM, MP4)
ENDINGS = (*VIDEO_ENDINGS, PNG)
# Stands among the words that a video or a picture says of itself.
MARK = "Overlay by scoliogait, research software, not a medical device"
KIND = "an overlay of 'scoliogait screen'"
_AT_ONCE = 1 << 20
_PNG_HEAD_BYTES = 8 + 25  # signature and the first chunk, IHDR


def check_ending(path: Path, endings: tuple[str, ...] = ENDINGS) -> None:
    """DataError for a name that ends otherwise."""
    if path.suffix.lower() not in endings:
        raise DataError(f"{path}: an overlay is written as {' or '.join(endings)}; choose another ending")


def check_other_file(video: Path, out: Path) -> None:
    """DataError where writing ``out`` would destroy the video."""
    if out.exists() and out.samefile(video):
        raise DataError(f"{out}: is the video itself; choose another name for what is written")


def is_overlay(path: Path) -> bool:
    """Whether a file says that it is one; its bytes are searched, no decoder sees it."""
    mark = MARK.encode()
    if not path.is_file():
        return False
    with path.open("rb") as file:
        before = b""
        while part := file.read(_AT_ONCE):
            if mark in before + part:
                return True
            before = part[-len(mark) :]
    return False


def marked_png(content: bytes) -> bytes:
    """The bytes of a PNG file with the mark in a text chunk (PNG specification, 11.3.4.3)."""
    text = b"tEXt" + b"Software\0" + MARK.encode("latin-1")
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    return content[:_PNG_HEAD_BYTES] + chunk + content[_PNG_HEAD_BYTES:]
