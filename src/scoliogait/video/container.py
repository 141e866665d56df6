"""Which container a file is, by its first bytes. A decoder sees a file only when this says that it is a video.

A decoder library also reads playlists, which name further files and addresses: they are text, and no text passes here.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from pathlib import Path

from scoliogait.errors import DataError

_HEAD_BYTES = 4096
_TS_PACKET = 188
# How a file begins, where, and the name of the only demuxer that may read it.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (4, b"ftyp", "mov"),
    (4, b"moov", "mov"),
    (4, b"mdat", "mov"),
    (4, b"wide", "mov"),
    (4, b"free", "mov"),
    (4, b"skip", "mov"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (0, b"FLV\x01", "flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"\x00\x00\x01\xba", "mpeg"),
    (0, b"OggS", "ogg"),
)
# Names that people expect to be videos: such a file is read as one or refused. ``.ts`` is a program text as well.
SUFFIXES = frozenset(
    (
        ".mp4",
        ".m4v",
        ".mov",
        ".mkv",
        ".webm",
        ".avi",
        ".mts",
        ".m2ts",
        ".mpg",
        ".mpeg",
        ".wmv",
        ".flv",
        ".ogv",
        ".3gp",
    )
)
# What a file of each kind is usually called.
_USUAL_SUFFIX = {
    "mov": ".mp4",
    "matroska": ".mkv",
    "flv": ".flv",
    "asf": ".wmv",
    "mpeg": ".mpg",
    "mpegts": ".mts",
    "ogg": ".ogv",
    "avi": ".avi",
}
_OTHERS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF8", "a GIF picture"),
    (8, b"WEBP", "a WebP picture"),
    (4, b"ftyphei", "a HEIC picture"),
    (4, b"ftypmif", "a HEIC picture"),
    (4, b"ftypavi", "an AVIF picture"),
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"7z\xbc\xaf", "a 7-Zip archive"),
    (8, b"WAVE", "a sound recording (WAV)"),
    (0, b"ID3", "a sound recording (MP3)"),
    (0, b"\xff\xfb", "a sound recording (MP3)"),
    (0, b"fLaC", "a sound recording (FLAC)"),
    (0, b"#EXTM3U", "a playlist"),
    (0, b"ffconcat", "a playlist"),
    (0, b"%PDF", "a PDF document"),
)
# Videos in containers that no decoder is opened for.
_NOT_READ: tuple[tuple[bytes, str], ...] = (
    (b"\x06\x0e\x2b\x34", "MXF"),
    (b"DKIF", "IVF"),
    (b"YUV4MPEG2", "Y4M"),
    (b"nut/multimedia", "NUT"),
    (b".RMF", "RealMedia"),
)
# Streams of pictures without a container. They hold no times. (A large box of an MP4 file begins like one.)
_BARE: tuple[tuple[bytes, str], ...] = (
    (b"\x00\x00\x00\x01", "H.264 or H.265"),
    (b"\x00\x00\x01\xb3", "MPEG-1 or MPEG-2"),
    (b"\x00\x00\x01", "H.264 or H.265"),
)


def is_video(path: Path) -> bool:
    """Whether a file is named as a video, or begins like one and has no name of another kind."""
    if not path.is_file():
        return False
    suffix = path.suffix.lower()
    return suffix in SUFFIXES or (suffix in ("", ".ts") and demuxer_of(_head(path)) is not None)


def suffix_of_hidden_video(path: Path) -> str | None:
    """Of a file that begins like a video and is named as something else: the ending that it should have; else None."""
    if not path.is_file() or is_video(path):
        return None
    head = _head(path)
    name = None if _is_text(head[:16]) else demuxer_of(head)
    return None if name is None else _USUAL_SUFFIX[name]


def check_container(path: Path) -> str:
    """The demuxer for this file; DataError says what it is instead."""
    head = _head(path)
    name = demuxer_of(head)
    if name is not None:
        return name
    if not head:
        raise DataError(f"{path}: is empty (0 bytes); copy it again from the camera")
    bare = next((words for magic, words in _BARE if head.startswith(magic)), None)
    if bare is not None:
        raise DataError(f"{path}: is a bare stream of {bare}, which holds no times; put it into an MP4 file")
    other = next((kind for magic, kind in _NOT_READ if head.startswith(magic)), None)
    if other is not None:
        raise DataError(f"{path}: is a video of the kind {other}, which is not read; convert it to MP4")
    if not any(head):
        raise DataError(f"{path}: begins with nothing but zeros: it was not copied whole; copy it again")
    what = next((words for at, magic, words in _OTHERS if head[at : at + len(magic)] == magic), None)
    if what is None:
        what = "text" if _is_text(head) else "of an unknown kind"
    raise DataError(f"{path}: is {what} and no video; give an MP4, MOV, MKV, WebM, AVI or MPEG file")


def demuxer_of(head: bytes) -> str | None:
    """The demuxer for a file that begins with these bytes, None where it is no video."""
    if any(head[at : at + len(magic)] == magic for at, magic, _ in _OTHERS):
        return None  # pictures in the container of videos
    for at, magic, name in _SIGNATURES:
        if head[at : at + len(magic)] == magic:
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    for first in (0, 4):  # camcorders put a time code of four bytes before each packet
        marks = head[first :: _TS_PACKET + first][:5]
        if len(marks) == 5 and set(marks) == {0x47}:
            return "mpegts"
    return None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)


def _is_text(head: bytes) -> bool:
    """In UTF-8 or marked as UTF-16, without control characters."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    try:
        words = getincrementaldecoder("utf-8-sig")().decode(head[:512])
    except UnicodeDecodeError:
        return False
    return all(mark.isprintable() or mark in "\t\n\r" for mark in words)
