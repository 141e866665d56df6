"""JSON files of ours: read into a pydantic model, with one check of format and version for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from scoliogait.errors import DataError
from scoliogait.field_problem import field_problem
from scoliogait.files import read_json

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Format:
    """What a file says it is, and in which version. name_key, version_key: where it says so.

    what: the kind of file in words, after "is not". remedy: what to do with one of another version, or a damaged one.
    """

    name: str
    version: int
    what: str
    remedy: str
    name_key: str = "format"
    version_key: str = "version"

    @property
    def mark(self) -> dict[str, Any]:
        """The two keys as a file of this format begins with them."""
        return {self.name_key: self.name, self.version_key: self.version}

    def is_in(self, content: Any) -> bool:
        """Whether JSON content says that it is of this format, of whatever version."""
        return isinstance(content, dict) and content.get(self.name_key) == self.name

    def check(self, content: Any, where: str | Path) -> None:
        """Raise DataError, naming ``where``, for content of another format or version."""
        if not self.is_in(content):
            raise DataError(f"{where}: is not {self.what}")
        version = content.get(self.version_key)
        if version != self.version or isinstance(version, bool):
            wanted = f"this program reads version {self.version}"
            stated = "states no version" if version is None else f"is of version {version!r}"
            raise DataError(f"{where}: {stated}, {wanted}; {self.remedy}")


def read_versioned(path: str | Path, model: type[Model], format_: Format) -> Model:
    """The content of a file of this format. Raises DataError in one line, naming file, key and what was expected."""
    return parse_versioned(read_json(path), path, model, format_)


def parse_versioned(content: Any, where: str | Path, model: type[Model], format_: Format) -> Model:
    """The same of content that was read already; ``where`` names it."""
    format_.check(content, where)
    rest = {key: value for key, value in content.items() if key not in format_.mark}
    return parse_model(rest, where, model, format_.remedy)


def read_model(path: str | Path, model: type[Model], remedy: str) -> Model:
    """The content of a file that states no version. Raises as ``read_versioned`` does."""
    return parse_model(read_json(path), path, model, remedy)


def parse_model(content: Any, where: str | Path, model: type[Model], remedy: str) -> Model:
    """JSON content as a model. Raises DataError in one line that ends in the remedy."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise DataError(f"{where}: {field_problem(error)}; {remedy}") from error


def has_format(path: Path, format_: Format) -> bool:
    """Whether there is a JSON file of this format, of whatever version."""
    try:
        return path.is_file() and format_.is_in(read_json(path))
    except DataError:
        return False
