"""A cohort of simulated walkers with known truth, as ``scoliogait simulate`` writes it."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from scoliogait.api.shown import Shown, Summary
from scoliogait.data.partition import OWN_PARTITION, Partition, read_partition
from scoliogait.data.store import WalkStore, is_store
from scoliogait.errors import DataError
from scoliogait.field_problem import first_problem, problem_text
from scoliogait.files import refuse_existing
from scoliogait.labels import CLASS_NAMES
from scoliogait.memory import out_of_memory_in_one_line
from scoliogait.optional_package import names_missing_extra
from scoliogait.progress import Progress, counted
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.split import train_shares
from scoliogait.simulation.truth import TRUTH_FILE, read_truth

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from scoliogait.survey.cohort_check import PublishedComparison

_ARGUMENT_OF = {
    "n_walks": "walks",
    "n_frames": "frames",
    "noise_factor": "noise",
    "camera_height_m": "camera_height",
    "camera_roll_deg": "camera_roll",
    "camera_pitch_deg": "camera_pitch",
    "camera_distance_m": "camera_distance",
}


# One value, or the least and greatest of a range.
Range = float | tuple[float, float] | str


@dataclass(frozen=True, repr=False)
class SimulatedCohort(Shown):
    """A store of simulated walks. path: its folder. store: the walks. partition: which walks train and which test."""

    path: Path
    store: WalkStore
    partition: Partition

    def truth(self) -> list[dict[str, Any]]:
        """What is true of each walk, one dictionary a walk: class, Cobb angle in degrees, side, level, every trait."""
        return read_truth(self.path / TRUTH_FILE)

    def check(self) -> list[PublishedComparison]:
        """Each published statistic of the real walks beside the same of these, with its verdict.

        Takes seconds to minutes; meant for a cohort of the published size. Raises DataError for one too small for it.
        """
        from scoliogait.survey.cohort_check import check_cohort

        return check_cohort(self.path)

    def summary_words(self) -> Summary:
        from scoliogait.evaluation.summary import NOT_A_MEDICAL_DEVICE
        from scoliogait.provenance import SIMULATED_WALKS

        counts = Counter(self.store.labels.tolist())
        classes = ", ".join(f"{counts[label]} {name}" for label, name in enumerate(CLASS_NAMES))
        sides = ", ".join(f"{len(ids)} {side}" for side, ids in self.partition.sides.items())
        return Summary(
            title=f"{len(self.store)} walks of {len(set(self.store.subject_ids))} simulated people",
            rows=(
                ("folder", str(self.path)),
                ("classes", classes),
                ("partition", f"{self.partition.words}: {sides}"),
                ("holds", ", ".join(sorted(self.store.modalities))),
            ),
            statements=(NOT_A_MEDICAL_DEVICE, SIMULATED_WALKS),
        )

    def plot(self) -> Figure:
        """The Postural Asymmetry Vector of each class: median, quartiles, 5th to 95th percentile of every entry."""
        from scoliogait.report.store_figures import asymmetry_by_class_figure
        from scoliogait.survey.analysis import walk_asymmetries

        title = f"Asymmetry of {len(self.store)} simulated walks, by class"
        return asymmetry_by_class_figure(walk_asymmetries(self.store), self.store.labels, title)


@names_missing_extra
def simulate(
    out: str | Path | None = None,
    *,
    walks: int = 1493,
    frames: int = 300,
    subjects: int | None = None,
    seed: int = 0,
    ratio: str = "118",
    captured_share: float = 0.3,
    noise: Range = 1.0,
    camera_height: Range = 1.4,
    camera_roll: Range = 0.0,
    camera_pitch: Range | None = None,
    camera_distance: Range = 3.6,
    silhouettes: bool = True,
    workers: int | None = 1,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> SimulatedCohort:
    """Simulate walkers with known truth: poses, silhouettes, classes, a partition by person and the ground truth.

    out: folder of the new store; None: a temporary folder that goes away when Python ends. walks: in all, at least 6.
    frames: of each walk, at 15 Hz. subjects: people; as many a walk as in the real data unless given, about 1050 for
    1493. seed: the same seed gives the same walks, whatever the workers. ratio: of the partition, "112", "114", "118",
    "1116" as in the released ones, "half", or "most" (nine tenths train).
    captured_share: share (0..1) of walks that move as captured people do.
    noise: keypoint noise relative to the calibrated level. camera_height: mean height of the cameras in m (0.4 to 3.9).
    camera_roll: their mean roll in degrees (-45 to 45), positive turns the picture's content clockwise. camera_pitch:
    how far they look down in degrees, None for what the height asks for. camera_distance: mean distance in m from the
    camera to the nearest point of the way (3 to 12).
    Each of these five is one value or a range, ``(1.2, 2.0)`` or ``"1.2:2.0"``, from which every walk draws its own
    mean, uniformly: the walks of one person differ in it as the days and rooms of one person do. Around it lies the
    spread of setting up by hand. ``truth()`` states what each walk has.
    silhouettes: draw them too. workers: processes, None for one a core; more than one need the guard ``if __name__ ==
    "__main__":`` in a script. overwrite: replace an existing store.
    progress: called with the number of walks that are done, and of how many.

    Raises DataError for values that cannot be, an existing ``out``, a full disk, or too little memory.
    """
    config = _config(
        subjects,
        n_walks=walks,
        n_frames=frames,
        seed=seed,
        captured_share=captured_share,
        noise_factor=noise,
        camera_height_m=camera_height,
        camera_roll_deg=camera_roll,
        camera_pitch_deg=camera_pitch,
        camera_distance_m=camera_distance,
        silhouettes=silhouettes,
    )
    path = _temporary_store() if out is None else Path(out)
    train_shares(ratio)
    refuse_existing(path, overwrite, is_store, "a store")

    from scoliogait.simulation.cohort_store import write_cohort

    followed = counted(progress, walks)
    with out_of_memory_in_one_line(lambda which: _too_large(which, walks, frames, workers)):
        store = write_cohort(config, path, ratio=ratio, workers=workers, overwrite=overwrite, progress=followed)
    return SimulatedCohort(path, store, read_partition(path / OWN_PARTITION))


def _config(subjects: int | None, **values: Any) -> CohortConfig:
    """The checked settings. Raises DataError in one line for a value that cannot be."""
    walks = values["n_walks"]
    if subjects is not None:
        if subjects > walks:
            raise DataError(
                f"simulate: {subjects} subjects cannot share {walks} walks; give --subjects {walks} or fewer"
            )
        values["walks_per_subject"] = walks / subjects
    try:
        return CohortConfig(**values)
    except ValidationError as error:
        found = first_problem(error)
        name = str(found["loc"][0]) if found["loc"] else "settings"
        argument = _ARGUMENT_OF.get(name, name)
        # A check of our own names the field itself.
        words = problem_text(found, argument).replace(f"{name} is", f"{argument} is", 1)
        raise DataError(f"simulate: {words}") from error


def _too_large(which: str, walks: int, frames: int, workers: int | None) -> DataError:
    processes = "one a core" if workers is None else workers
    return DataError(
        f"simulate: ran out of {which} with {walks} walks of {frames} frames; lower --frames ({frames}) or --workers "
        f"({processes})"
    )


def _temporary_store() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="scoliogait-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder / "cohort"
