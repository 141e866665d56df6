"""Which pairs of joints moved the scores of one walk, and when; a picture only where that was verified."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoliogait.api.places import DEFAULT_MODEL, Place, path_of
from scoliogait.api.screen import ScreenedWalk, screen
from scoliogait.api.shown import Shown, Summary
from scoliogait.errors import ModelError
from scoliogait.files import atomic_folder, write_json
from scoliogait.measurement.side_swaps import repaired_walk
from scoliogait.optional_package import names_missing_extra
from scoliogait.progress import Progress, no_progress
from scoliogait.report.output_folders import EXPLAINED, EXPLAINED_PICTURE, FEATURE_MAPS, refuse_existing_explanation
from scoliogait.walk import Walk

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from scoliogait.explanation.occlusion import PairImportance
    from scoliogait.explanation.verification import Verification
    from scoliogait.screening import Screener

HEADINGS = ("pair of joints", "how far the scores move")
MEANING = (
    "The numbers say how far the class scores of this model move when a pair of joints is made even. They say nothing "
    "of a spine, and not whether the model is right."
)
LIMIT = (
    "Checked on walkers who are even but for one planted change. Where several pairs are uneven, as in most people, "
    "the order of pairs is less certain. The networks of the package with shuffled weights were checked too and do as "
    "well: the check shows that a cause in the walk is found, not that the model has learned anything."
)


@dataclass(frozen=True, repr=False, eq=False)
class Explanation(Shown):
    """What moved the scores of a screened walk.

    importance: None where nothing may be shown; reason: why, in words, empty where there is a picture. verification:
    what is known of explanations of this model; None where nobody verified them.
    """

    screened: ScreenedWalk
    importance: PairImportance | None
    verification: Verification | None
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        found = self.importance
        return {
            "walk_id": self.screened.walk.walk_id,
            "model": dict(self.screened.screening.model),
            "verification": None if self.verification is None else self.verification.to_dict(),
            "reason": self.reason,
            "by_pair": None if found is None else found.by_pair,
            "windows": None if found is None else [list(window) for window in found.windows],
            "by_window": None if found is None else found.by_window.tolist(),
            "statements": [MEANING, LIMIT, *self.screened.screening.statements],
        }

    def summary_words(self) -> Summary:
        found = self.screened.screening
        title = f"{found.walk_id}: what moved the scores"
        first = (found.banner,) if found.banner else ()
        if self.importance is None:
            return Summary(f"{title}: not shown", notes=(self.reason,), statements=found.statements, first=first)
        by_pair = self.importance.by_pair
        rows = tuple((name, f"{by_pair[name]:.2f}") for name in self.importance.ranked)
        notes = () if self.verification is None else (self.verification.in_words(),)
        return Summary(title, rows, HEADINGS, (*notes, MEANING, LIMIT), statements=found.statements, first=first)

    def plot(self) -> Figure:
        """Joints on a skeleton, sized by importance, and a strip of time. Raises ModelError where nothing is shown."""
        if self.importance is None:
            raise ModelError(self.reason)
        from scoliogait.report.explanation_picture import explanation_figure

        walk = repaired_walk(self.screened.walk)[0]
        assert walk.poses is not None
        last = self.importance.windows[-1][1]
        found = self.importance
        return explanation_figure(
            walk.poses[:last],
            walk.frame_rate_hz,
            found.pairs,
            found.windows,
            found.by_window,
            self.screened.screening.training_walks,
        )

    def plot_feature_maps(self) -> Figure | None:
        """Feature maps of the window in which the most moved, before and after pooling; None for a set network.

        Raises ModelError where nothing is shown.
        """
        if self.importance is None:
            raise ModelError(self.reason)
        from scoliogait.explanation.feature_maps import feature_maps
        from scoliogait.report.feature_map_picture import feature_map_figure

        busiest = int(self.importance.by_window.sum(axis=1).argmax())
        found = feature_maps(self.screened.screener.bundle, repaired_walk(self.screened.walk)[0], busiest)
        if found is None:
            return None
        return feature_map_figure(found.frames, found.before, found.after, found.window[0])

    def write(self, folder: str | Path, overwrite: bool = False) -> Path:
        """Write explanation.json; explanation.png and, of a network on maps, feature_maps.png where they may be shown.

        Raises DataError where the folder is something else, or exists and may not be overwritten.
        """
        refuse_existing_explanation(folder, overwrite)
        with atomic_folder(folder) as inside:
            write_json(inside / EXPLAINED, self.to_dict())
            if self.importance is not None:
                from scoliogait.report.figures import save_figure

                save_figure(self.plot(), inside / EXPLAINED_PICTURE)
                maps = self.plot_feature_maps()
                if maps is not None:
                    save_figure(maps, inside / FEATURE_MAPS)
        return Path(folder)


@names_missing_extra
def explain(
    walk: Walk | str | Path,
    model: Place | Screener = DEFAULT_MODEL,
    verify: bool = False,
    progress: Progress = no_progress,
) -> Explanation:
    """Screen a walk, then say which pairs of joints moved the scores, and when.

    verify: verify explanations of this model on simulated walkers with a planted change now (minutes at most), in place
    of what is recorded. progress: called with the walkers done and all of them. Without a verification that reached
    80 %, ``importance`` is None and ``reason`` says why.

    Raises what ``screen`` raises.
    """
    from scoliogait.screening import Screener, load_model

    # The network is looked into, which an exported model does not allow.
    screener = model if isinstance(model, Screener) else load_model(path_of(model), runtime="torch")
    bundle = screener.bundle
    screened = screen(walk, screener)

    from scoliogait.explanation.occlusion import pair_importance, why_not_explained
    from scoliogait.explanation.verification import recorded_verification, verify_explanation

    unfit = why_not_explained(bundle.contract)
    if unfit is not None:
        return Explanation(screened, None, None, f"No picture: this model cannot be explained by pairs: {unfit}.")
    if verify:
        verification: Verification | None = verify_explanation(bundle, progress=progress)
    else:
        verification = recorded_verification(bundle.digest)
    if verification is None:
        return Explanation(
            screened, None, None, "No picture: explanations of this model were never verified; give --verify to do it."
        )
    if not verification.passed:
        return Explanation(screened, None, verification, f"No picture. {verification.in_words()}")
    return Explanation(screened, pair_importance(bundle, repaired_walk(screened.walk)[0]), verification, "")
