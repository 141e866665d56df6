"""An upload: a raw body streamed into a file of ours. What breaks off, or is something else, leaves nothing."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from starlette.requests import ClientDisconnect, Request

from scoliogait.limits import MIB
from scoliogait.serve.refused import Refused
from scoliogait.serve.settings import Settings
from scoliogait.serve.upload_kind import HEAD_BYTES, check_head, most_bytes

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def stated_bytes(request: Request, most: int) -> int:
    """What the request says it holds, before any of it is read. Raises Refused (411, 413)."""
    stated = request.headers.get("content-length", "")
    if not stated.isascii() or not stated.isdigit() or "transfer-encoding" in request.headers:
        raise Refused(411, "no_length")
    if int(stated) > most:
        raise Refused(413, "too_large", mb=int(stated) / MIB, most_mb=most / MIB)
    return int(stated)


def check_space(n_bytes: int, free_bytes: int, settings: Settings) -> None:
    """Raises Refused (507) unless the disk keeps its spare bytes beside the file."""
    if free_bytes < n_bytes + settings.spare_bytes:
        raise Refused(507, "no_room", free_mb=free_bytes / MIB, spare_mb=settings.spare_bytes / MIB)


@contextmanager
def full_disk_in_words(name: str | None = None) -> Iterator[None]:
    """Raise Refused (507) where the disk is full in the block. name: of the file that is written there."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE:
            refused = Refused(507, "disk_full") if name is None else Refused(507, "file_disk_full", name=name)
            raise refused from error
        raise


async def receive(
    request: Request, target: Path, name: str, n_bytes: int, settings: Settings, is_wanted: Callable[[], bool]
) -> None:
    """Stream the body of ``n_bytes`` into ``target``, which exists at the end only if all went well.

    name: what the user calls the file. is_wanted: whether its session still takes it. Raises Refused: 408 where it
    stalls, 409 where its session was cancelled or deleted meanwhile, 413 where more comes than was said, 415 where it
    begins like something else, 507 where the disk is full, 400 where less comes.
    """
    part = target.with_suffix(".part")
    try:
        with full_disk_in_words(name):
            part.touch(mode=0o600, exist_ok=False)
            await _write(request, part, name, target.suffix, n_bytes, settings, is_wanted)
            part.replace(target)
    except ClientDisconnect as error:
        raise Refused(400, "broke_off", name=name) from error
    except FileNotFoundError as error:  # its folder went with its session
        raise Refused(409, "no_more", name=name) from error
    finally:
        part.unlink(missing_ok=True)


async def _write(
    request: Request,
    part: Path,
    name: str,
    ending: str,
    n_bytes: int,
    settings: Settings,
    is_wanted: Callable[[], bool],
) -> None:
    head, received = b"", 0
    most = min(n_bytes, most_bytes(ending))
    stream = request.stream()
    ends_at = monotonic() + settings.upload_s
    with part.open("wb") as file:
        while block := await _next(stream, name, min(settings.stall_s, ends_at - monotonic())):
            if not is_wanted():
                raise Refused(409, "no_more", name=name)
            received += len(block)
            if received > most:
                raise Refused(413, "too_many_bytes", name=name)
            if len(head) < HEAD_BYTES:
                head += block[: HEAD_BYTES - len(head)]
                if len(head) == HEAD_BYTES:
                    check_head(name, ending, head)
            file.write(block)
    if received != n_bytes:
        raise Refused(400, "too_few_bytes", name=name, received=received, n_bytes=n_bytes)
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
    raise Refused(408, "too_slow", name=name)
