"""What a server is started with, and what it may take: limits of uploads and of the work on them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from scoliogait.errors import DataError
from scoliogait.limits import MAX_FILE_BYTES, MIB

# What people type to reach their own machine. A name that leads elsewhere must not open this page (DNS rebinding).
LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")
_EVERY_ADDRESS = ("", "0.0.0.0", "::", "[::]", "*")


@dataclass(frozen=True)
class Settings:
    """folder: where sessions lie. host, port: where the page is; 0 takes any free port. token: whether it is asked for.
    model: which one screens. language: of the page and its reports; None where the browser is asked.

    Limits: bytes of a file (max_upload_bytes) and of the disk that stay free beside it (spare_bytes); files of a
    session; uploads at once and waiting sessions of one address; seconds without a byte (stall_s) and of a whole
    upload (upload_s). Of the work on one session: memory_bytes, work_s of wall time, written_bytes of one file.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = 8321
    token: bool = False
    model: str = "builtin:pose-set"
    language: str | None = None
    max_upload_bytes: int = MAX_FILE_BYTES
    spare_bytes: int = 1024 * MIB
    max_files: int = 20
    max_uploads: int = 24
    max_waiting: int = 200
    stall_s: float = 30.0
    upload_s: float = 3600.0
    memory_bytes: int = 4096 * MIB
    work_s: float = 1800.0
    written_bytes: int = 512 * MIB

    @property
    def is_local(self) -> bool:
        return self.host in LOCAL_NAMES or self.host == "::1"

    def check(self) -> None:
        """Raise DataError for an address that would open the page to others without a token."""
        if self.host in _EVERY_ADDRESS:
            raise DataError(
                f"--host {self.host!r}: means every address of this machine; give the one name or address that others "
                "type, such as 192.168.1.5, and add --token"
            )
        if not self.is_local and not self.token:
            raise DataError(
                f"--host {self.host}: others can open the page there, so it needs a token; add --token, which makes one"
            )
        if not 0 <= self.port < 65536:
            raise DataError(f"--port {self.port}: expected 0 to 65535; 0 takes any free port")

    def hosts(self, port: int) -> frozenset[str]:
        """The Host headers that are answered, in lower case, for the port that was taken."""
        named = f"[{self.host}]" if ":" in self.host and not self.host.startswith("[") else self.host
        names = {*LOCAL_NAMES, named.lower()}
        return frozenset({f"{name}:{port}" for name in names} | (names if port == 80 else set()))

    def to_json(self) -> str:
        return json.dumps(asdict(self) | {"folder": str(self.folder)})

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """From ``to_json``. Raises TypeError for a name that is no setting."""
        values = json.loads(text)
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise TypeError(f"no settings: {sorted(unknown)}")
        return cls(**values | {"folder": Path(values["folder"])})
