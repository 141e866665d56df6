"""Size and chunks of a PNG picture, looked at before it is decoded: a decoder reserves what a chunk says it holds."""

from __future__ import annotations

from scoliogait.limits import MAX_PIXELS, MAX_SIDE_PX

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FIRST_CHUNK = b"\x00\x00\x00\rIHDR"
_LAST_CHUNK = b"IEND"
_AROUND_CHUNK = 12  # bytes of length, name and checksum
_MOST_CHUNKS = 100_000
_SIZES_AT = len(_SIGNATURE) + len(_FIRST_CHUNK)


class PictureHeaderError(Exception):
    """The bytes are no PNG picture, or one that is too large to decode; the message says which."""


def png_size_px(content: bytes) -> tuple[int, int]:
    """Width and height as the header states them, of a picture whose chunks lie inside of it, up to the last.

    Raises PictureHeaderError.
    """
    if not content.startswith(_SIGNATURE + _FIRST_CHUNK) or len(content) < _SIZES_AT + 8:
        raise PictureHeaderError("is not a readable picture: it is no PNG; write this frame again")
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (_SIZES_AT, _SIZES_AT + 4))
    if not (0 < width <= MAX_SIDE_PX and 0 < height <= MAX_SIDE_PX and width * height <= MAX_PIXELS):
        raise PictureHeaderError(
            f"says that it is {width} x {height} px large; at most {MAX_PIXELS:,} pixels are read. Write smaller ones"
        )
    _check_chunks(content)
    return width, height


def _check_chunks(content: bytes) -> None:
    at = len(_SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        kind = content[at + 4 : at + 8]
        at += _AROUND_CHUNK + int.from_bytes(content[at : at + 4], "big")
        if len(kind) < 4 or at > len(content):
            raise PictureHeaderError("is not a readable picture: it is cut off or damaged; write this frame again")
        if kind == _LAST_CHUNK:
            return
    raise PictureHeaderError(f"is not a readable picture: it has more than {_MOST_CHUNKS:,} parts; write it again")
