"""A model as a file that runs without torch, as ``scoliogait model export`` writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoliogait.api.places import Place, path_of
from scoliogait.api.shown import Summary
from scoliogait.errors import DataError, ModelError
from scoliogait.exported.form import ExportForm, Precision
from scoliogait.exported.formats import (
    ExportFormat,
    is_export,
    refuse_impossible,
    refuse_occupied,
    require_packages,
)
from scoliogait.exported.stated import stated_model
from scoliogait.io.find_walks import find_walks
from scoliogait.io.read import read_walk
from scoliogait.walk import Walk

if TYPE_CHECKING:
    from scoliogait.exported.compare import Call

# Of a large store, spread over it: enough for the ranges, and a minute's work.
MAX_CALIBRATION_WALKS = 200
# A larger part of the time of fp32 is none that is worth another precision, and may be noise.
_GAIN = 0.95


@dataclass(frozen=True, eq=False)
class ExportedFile:
    """A written file. form: what it says of itself. calls: what bundle and file call walks that were held back, where
    walks were given. runtime: what computed it here when it was compared with the bundle. time_beside_fp32: of a lower
    precision, the processor time that it takes on this machine, divided by that of the same model as an fp32 file.
    """

    path: Path
    form: ExportForm
    calls: tuple[Call, ...]
    runtime: str
    time_beside_fp32: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "path": str(self.path),
            "runtime": self.runtime,
            "time_beside_fp32": self.time_beside_fp32,
            **self.form.model_dump(mode="json", exclude={"config"}),
        }

    def summary_words(self) -> Summary:
        agreement, changed = self.form.agreement, self.form.changed_calls
        frames = f"{min(agreement.frames)} to {max(agreement.frames)} frames"
        allowed = "measured, no limit" if agreement.tolerance is None else f"at most {agreement.tolerance:g} allowed"
        rows = [
            ("precision", self.form.precision),
            ("computed here by", self.runtime),
            ("differs from the bundle", f"by at most {agreement.at_most:g} in probability, {frames} ({allowed})"),
        ]
        if self.form.fp32_layers:
            rows.append(("in fp32, too narrow", ", ".join(self.form.fp32_layers)))
        if changed is not None:
            words = f"{changed.n_changed} of {changed.n_walks} walks held back; probabilities move by up to "
            rows.append(("called otherwise", f"{words}{changed.largest_difference:g}"))
        statements = []
        if self.time_beside_fp32 is not None:
            words = f"{self.time_beside_fp32:.2f} times that of the model as an fp32 file"
            rows.append(("time on this machine", words))
            if self.time_beside_fp32 > _GAIN:
                statements.append(
                    f"{self.form.precision} brings no speed on this machine. Export where the file is to be used, to "
                    "see what it brings there, or take fp32."
                )
        return Summary(title=f"{self.path}: {self.form.name}", rows=tuple(rows), statements=tuple(statements))

    def __str__(self) -> str:
        return self.summary_words().text()


def export_model(
    model: Place,
    out: str | Path,
    format: ExportFormat = "onnx",
    precision: Precision = "fp32",
    calibrate: str | Path | Sequence[str | Path | Walk] | None = None,
    overwrite: bool = False,
) -> ExportedFile:
    """Write a bundle as a file: of format "onnx" (.onnx), "openvino" (.xml, .bin, .json) or "torch-export" (.pt2).

    ``load_model`` reads the first two; the last is for other programs. precision: "fp32"; "int8" of both; "bf16" of
    openvino. calibrate: for int8, and if you like for bf16, validation walks, a store or files: on every second one is
    measured what the rounding does, and what bundle and file call the others is compared. overwrite: replace older
    files.

    Raises DataError for a precision that the format has not, for int8 without walks, or as openvino of a model without
    wide layers, and where ``out`` or one of the files beside it exists or cannot be written; MissingPackageError where
    packages are missing; ModelError where the model is none, or an fp32 file's probabilities differ from the bundle's
    by more than 1e-5. Then nothing is written.
    """
    target = Path(out)
    refuse_impossible(target, format, precision, calibrate is not None)
    refuse_occupied(target, format, overwrite)
    place = path_of(model)
    if is_export(place):
        raise ModelError(f"{place}: is an exported file already; give the bundle that it was made of")
    stated_model(place)
    walks = [] if calibrate is None else _walks(calibrate)
    require_packages(format, precision)  # after what is refused without them

    from scoliogait.exported.write import write_export

    made = write_export(place, target, format, precision, walks)
    return ExportedFile(made.path, made.form, made.calls, made.runtime, made.time_beside_fp32)


def _walks(given: str | Path | Sequence[str | Path | Walk]) -> list[Walk]:
    """At most ``MAX_CALIBRATION_WALKS``, spread over what was given.

    Raises DataError for one that cannot be read, and where there is none.
    """
    from scoliogait.data.store import WalkStore
    from scoliogait.data.store_format import HEADER_FILE

    if isinstance(given, str | Path) and (Path(given) / HEADER_FILE).is_file():
        store = WalkStore.open(given)
        return [store.walk(index) for index in _spread(len(store))]
    listed = [given] if isinstance(given, str | Path) else list(given)
    if not listed:
        raise DataError("calibrate: holds no walk; give validation walks, or leave it out for bf16")
    files = find_walks([one for one in listed if not isinstance(one, Walk)]).places
    problem = next((place.problem for place in files if place.problem is not None), None)
    if problem is not None:
        raise DataError(problem)
    read = [one for one in listed if isinstance(one, Walk)]
    return [*read, *(read_walk(files[index].path) for index in _spread(len(files)))]


def _spread(n: int) -> list[int]:
    most = min(n, MAX_CALIBRATION_WALKS)
    return [index * n // most for index in range(most)]
