#!/usr/bin/env bash
# pingouin: the p-value of two raters who agree on everything is 0 or 1, depending on the numbers they agree on.
#
# Versions     pingouin 0.7.0, pandas 3.1.1, numpy 2.4.6, scipy 1.17.1.
# Naive guess  Two identical columns of ratings: ICC = 1, p = 0, interval [1, 1].
# Behaviour    The error mean square is not 0 but a difference of sums, so rounding decides: exactly 0 gives F = inf,
#              p = 0 and the interval [nan, nan]; -1e-14 gives a *negative* F, p = 1 and the interval [1, 1]. A table
#              filtered by p < 0.05 loses exactly the measures that repeat perfectly. (Since 0.7 the rows are called
#              ICC(A,1) and so on; `loc["ICC2"]` of older scripts is a KeyError.)
# Seen         2026-11-28, ICC(A,1): tilts 3 5 8 12 20 31: F = -4.95e+15, p = 1, interval [1, 1]; tilts 10 12 15 19 24
#              30: F = inf, p = 0, interval [nan, nan].
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet pingouin==0.7.0 pandas==3.1.1 numpy==2.4.6 scipy==1.17.1
venv/bin/python -I -W ignore::RuntimeWarning - <<'PY'
import numpy as np
import pandas as pd
import pingouin


def agreement(tilts):
    table = pd.DataFrame([(walk, rater, tilt) for walk, tilt in enumerate(tilts) for rater in "AB"])
    table.columns = ["walk", "rater", "tilt"]
    found = pingouin.intraclass_corr(table, targets="walk", raters="rater", ratings="tilt")
    row = found.set_index("Type").loc["ICC(A,1)"]
    print(f"tilts {tilts}: ICC {row['ICC']:.6g}, F {row['F']:.3g}, p {row['pval']:g}, interval {row['CI95']}")
    return row


sure, unsure = agreement([10, 12, 15, 19, 24, 30]), agreement([3, 5, 8, 12, 20, 31])
assert abs(sure["ICC"] - 1) < 1e-9 and abs(unsure["ICC"] - 1) < 1e-9
assert sure["pval"] == 0 and np.isnan(sure["CI95"]).all(), "behaviour changed"
assert unsure["pval"] == 1 and unsure["F"] < 0, "behaviour changed"
PY
