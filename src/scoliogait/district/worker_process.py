"""A process that takes tasks from its parent until there is none, or the parent is gone."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any

from scoliogait.errors import ScoliogaitError

READY, DONE, REFUSED, BROKEN = "ready", "done", "refused", "broken"


def serve_tasks(connection: Connection, work: Callable[[Any], Any]) -> None:
    """Ctrl-C, or a terminal that is closed, is for the parent, which ends this process in order; ``terminate`` unwinds
    what is being done.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    try:
        connection.send((READY, None))
        while True:
            connection.send(_answer(work, connection.recv()))
    except (EOFError, OSError):  # the parent is gone
        return


def _answer(work: Callable[[Any], Any], task: Any) -> tuple[str, Any]:
    try:
        return DONE, work(task)
    except ScoliogaitError as error:
        return REFUSED, error
    except Exception:
        return BROKEN, traceback.format_exc()


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(1)
