"""Files of a bundle against the checksums that its config holds."""

from __future__ import annotations

from pathlib import Path

from scoliogait.errors import ModelError
from scoliogait.files import sha256_of


def check_sha256(path: Path, expected: str, meaning: str) -> None:
    """Raises ModelError when the file is missing or its checksum is another; ``meaning`` says what that means."""
    require_file(path)
    if sha256_of(path) != expected:
        raise ModelError(f"{path}: {meaning} (its sha256 differs); copy the bundle again")


def require_file(path: Path) -> None:
    """Raises ModelError for a file of a bundle that is not there; a pipe or a device is none either."""
    if not path.is_file():
        raise ModelError(f"{path}: is missing; copy the whole bundle folder again")
