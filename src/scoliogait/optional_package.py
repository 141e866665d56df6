"""Packages of the extras: imported where they are used, and named with their install command where they are missing.

The base installs what reading, screening and reports need. What trains and tests models is the extra ``train``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from importlib.util import find_spec
from pathlib import Path
from typing import ParamSpec, TypeVar

from scoliogait.errors import DataError, MissingPackageError

# By the name that is imported. Formats name theirs at the file (``needs_extra``).
_EXTRA_OF = {
    "torch": "train",
    "lightning": "train",
    "sklearn": "train",
    "safetensors": "train",
    "tensorboard": "train",
    "onnxruntime": "runtime",
    "onnx": "export",
    "onnxscript": "export",
    "openvino": "openvino",
    "distributed": "cluster",
}

Given = ParamSpec("Given")
Result = TypeVar("Result")


def needs_extra(path: Path | str, package: str, extra: str) -> DataError:
    """The error to raise where reading ``path`` needs a package that is not installed, with the extra that has it."""
    return DataError(f"{path}: this format needs {package}; {install_command(extra)}")


def install_command(extra: str) -> str:
    """What installs an extra."""
    return f'pip install "scoliogait[{extra}]"'


def named_with_extra(error: ModuleNotFoundError) -> MissingPackageError | None:
    """The same in our words where the missing module is one of an extra; None for any other."""
    package = (error.name or "").partition(".")[0]
    if package not in _EXTRA_OF:
        return None
    return _missing([package])


def _missing(packages: Sequence[str]) -> MissingPackageError:
    *first, last = packages
    named = f"{', '.join(first)} and {last}, which are" if first else f"{last}, which is"
    extras = ",".join(dict.fromkeys(_EXTRA_OF[package] for package in packages))
    return MissingPackageError(f"this needs {named} not installed; {install_command(extras)}")


def require_package(*packages: str) -> None:
    """Raises MissingPackageError where packages of extras are not installed, naming all of them; nothing is imported.

    For work that asks for them late, or in another process.
    """
    missing = [package for package in packages if not is_installed(package)]
    if missing:
        raise _missing(missing)


def is_installed(package: str) -> bool:
    """Whether a package could be imported; nothing is imported."""
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def names_missing_extra(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """A function that raises MissingPackageError, with the install command, where it lacks a package of an extra."""

    @wraps(function)
    def called(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except ModuleNotFoundError as error:
            named = named_with_extra(error)
            if named is None:
                raise
            raise named from error

    return called
