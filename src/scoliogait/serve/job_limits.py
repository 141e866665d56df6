"""What a job may not do: outlive its server, reach the network, take more than its share."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from threading import Thread
from typing import Any

_NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind")


def end_with_the_server() -> None:
    """End this process as soon as its standard input closes, which a killed server closes too."""
    Thread(target=_wait_for_the_end, daemon=True).start()


def _wait_for_the_end() -> None:
    with suppress(OSError):
        while os.read(0, 4096):
            pass
    os._exit(3)


def refuse_network() -> None:
    """From now on every attempt of Python code to reach another machine raises PermissionError."""

    def audit(event: str, _: tuple[Any, ...]) -> None:
        if event in _NETWORK:
            raise PermissionError(f"a job reaches no network ({event})")

    sys.addaudithook(audit)


def limit(memory_bytes: int, work_s: float, written_bytes: int) -> None:
    """Limits that the system itself keeps, where it can (POSIX). The server watches memory and time everywhere.

    Twice the memory as address space: libraries map more than they use. Wall time times the processors as time of them.
    """
    try:
        import resource
    except ImportError:
        return
    processor_s = int(work_s * (os.cpu_count() or 1)) + 1
    wanted = {
        resource.RLIMIT_AS: 2 * memory_bytes,
        resource.RLIMIT_CPU: processor_s,
        resource.RLIMIT_FSIZE: written_bytes,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in wanted.items():
        _, highest = resource.getrlimit(kind)
        most = most if highest == resource.RLIM_INFINITY else min(most, highest)
        with suppress(OSError, ValueError):  # macOS knows no limit of address space
            resource.setrlimit(kind, (most, most))
    with suppress(OSError):
        os.nice(5)
