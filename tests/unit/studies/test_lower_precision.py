"""What counts as a changed call, and that nobody is both measured and tested."""

import numpy as np
import pytest
from studies.lower_precision import changes, planned

from scoliogait.simulation.config import CohortConfig


def test_calls_that_change_by_hand() -> None:
    exact = np.array([[0.6, 0.2, 0.2], [0.44, 0.3, 0.26], [0.5, 0.3, 0.2]])
    moved = np.array([[0.5, 0.3, 0.2], [0.46, 0.3, 0.24], [0.3, 0.5, 0.2]])  # the second one is called now
    found = changes(exact, moved, [0, 0, 1], least=0.45)
    assert found.n_changed == 2
    assert found.largest == pytest.approx(0.2)
    assert found.mean == pytest.approx((0.1 + 0.1 + 0.02 + 0.02 + 0.2 + 0.2) / 9)
    assert found.macro_f1 == 1.0


def test_calibration_walks_are_of_other_people() -> None:
    config = CohortConfig(n_walks=60, n_frames=6, silhouettes=False)
    tested, calibration = planned(config, 25, 10)
    assert (len(tested), len(calibration)) == (25, 10)
    assert not {plan.subject for plan in tested} & {plan.subject for plan in calibration}
