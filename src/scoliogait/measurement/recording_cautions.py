"""What speaks against a recording that can be measured: camera, film, sides and view. Each makes a result inconclusive.

Every limit is in ``caution_limits.py``. ``docs/cautions.md`` lists what was done to good walks and what came of it.
"""

from __future__ import annotations

from scoliogait.measurement.body import TrunkSeen
from scoliogait.measurement.body_shape import shape_cautions
from scoliogait.measurement.exchanged_sides import doubts_about_sides
from scoliogait.measurement.film import film_cautions
from scoliogait.measurement.picture_shares import share_cautions
from scoliogait.measurement.stated_view import view_cautions
from scoliogait.walk import Walk, doubt_sentence


def recording_cautions(walk: Walk, view: str, trunk: TrunkSeen | None) -> tuple[str, ...]:
    """One sentence for each doubt about a walk with poses, after its exchanged frames were put right.

    view: from where its poses are seen, as ``WalkQuality.view``. trunk: of its poses, None where it has none.
    What a reader doubted is among them.
    """
    of_reader = (doubt_sentence(doubt) for doubt in walk.doubts)
    if walk.poses is None or trunk is None:
        return tuple(of_reader)
    return (
        *of_reader,
        *share_cautions(walk.poses, walk.frame_size_px),
        *shape_cautions(walk.poses, trunk),
        *film_cautions(walk.poses, walk.frame_rate_hz, trunk),
        *doubts_about_sides(walk.poses),
        *view_cautions(walk.view, view),
    )
