"""An upload: a raw body streamed into a file of ours. What breaks off, or is something else, leaves nothing."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from starlette.requests import ClientDisconnect, Request

from scoliogait.limits import MIB
from scoliogait.serve.refused import Refused
from scoliogait.serve.settings import Settings
from scoliogait.serve.upload_kind import HEAD_BYTES, check_head, most_bytes

FREE_SPACE = "Free some space, then send it again."
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def stated_bytes(request: Request, most: int) -> int:
    """What the request says it holds, before any of it is read. Raises Refused (411, 413)."""
    stated = request.headers.get("content-length", "")
    if not stated.isascii() or not stated.isdigit() or "transfer-encoding" in request.headers:
        raise Refused(411, "The request does not say how long it is (Content-Length).")
    if int(stated) > most:
        raise Refused(
            413,
            f"This has {int(stated) / MIB:,.1f} MB; at most {most / MIB:,.1f} are taken. Give a shorter part.",
        )
    return int(stated)


def check_space(n_bytes: int, free_bytes: int, settings: Settings) -> None:
    """Raises Refused (507) unless the disk keeps its spare bytes beside the file."""
    if free_bytes < n_bytes + settings.spare_bytes:
        raise Refused(
            507,
            f"The disk has {free_bytes / MIB:,.0f} MB left, too little for this file and the "
            f"{settings.spare_bytes / MIB:,.0f} MB that stay free. {FREE_SPACE}",
        )


@contextmanager
def full_disk_in_words(what: str = "") -> Iterator[None]:
    """Raise Refused (507) where the disk is full in the block."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise Refused(507, f"{what}the disk is full. {FREE_SPACE}") from error
        raise


async def receive(request: Request, target: Path, name: str, n_bytes: int, settings: Settings) -> None:
    """Stream the body of ``n_bytes`` into ``target``, which exists at the end only if all went well.

    name: what the user calls the file. Raises Refused: 408 where it stalls, 413 where more comes than was said, 415
    where it begins like something else, 507 where the disk is full, 400 where less comes.
    """
    part = target.with_suffix(".part")
    try:
        with full_disk_in_words(f"{name}: "):
            part.touch(mode=0o600, exist_ok=False)
            await _write(request, part, name, target.suffix, n_bytes, settings)
            part.replace(target)
    except ClientDisconnect as error:
        raise Refused(400, f"{name}: the upload broke off; send it again.") from error
    finally:
        part.unlink(missing_ok=True)


async def _write(request: Request, part: Path, name: str, ending: str, n_bytes: int, settings: Settings) -> None:
    head, received = b"", 0
    most = min(n_bytes, most_bytes(ending))
    stream = request.stream()
    ends_at = monotonic() + settings.upload_s
    with part.open("wb") as file:
        while block := await _next(stream, name, min(settings.stall_s, ends_at - monotonic())):
            received += len(block)
            if received > most:
                raise Refused(413, f"{name}: more came than was said; send it again.")
            if len(head) < HEAD_BYTES:
                head += block[: HEAD_BYTES - len(head)]
                if len(head) == HEAD_BYTES:
                    check_head(name, ending, head)
            file.write(block)
    if received != n_bytes:
        raise Refused(400, f"{name}: {received} of {n_bytes} bytes came; send it again.")
    if received < HEAD_BYTES:
        check_head(name, ending, head)


async def _next(stream: AsyncGenerator[bytes, None], name: str, seconds: float) -> bytes:
    """The next bytes of a body; empty at its end. Raises Refused (408) where nothing comes."""
    try:
        async with asyncio.timeout(seconds):
            if seconds > 0:
                return await anext(stream, b"")
    except TimeoutError:
        pass
    raise Refused(408, f"{name}: it came too slowly, or not at all; send it again.")
