#!/usr/bin/env bash
# huggingface_hub: results of several sites become results of the first one when a model card is written.
#
# Versions     huggingface_hub 2.4.0.
# Naive guess  `EvalResult` has a `dataset_name`; results with two names stay results with two names when a card is
#              written, read, and written again.
# Behaviour    Results are gathered by task, data set type, configuration, split and revision. The name is not among
#              them, so all results of one group get the name of its first. Nothing is said. With a split or a
#              revision of its own each result keeps its name.
# Seen         2026-11-29: site A 0.9 and site B 0.6 are written as site A 0.9 and site A 0.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet huggingface_hub==2.4.0
venv/bin/python -I - <<'PY'
from huggingface_hub import EvalResult, ModelCard, ModelCardData


def written_and_read(**more: str) -> list[tuple[str, float]]:
    """Names and values after a card with two sites was written and read; more: of site B alone."""
    known = {"task_type": "other", "dataset_type": "walks", "metric_type": "accuracy"}
    sites = [
        EvalResult(dataset_name="site A", metric_value=0.9, **known),
        EvalResult(dataset_name="site B", metric_value=0.6, **known, **more),
    ]
    data = ModelCardData(model_name="m", eval_results=sites)
    card = ModelCard(f"---\n{data.to_yaml()}\n---\n")
    return [(result.dataset_name, result.metric_value) for result in card.data.eval_results]


merged, apart = written_and_read(), written_and_read(dataset_split="b")
print("two sites:", merged)
print("with a split of its own:", apart)
assert merged == [("site A", 0.9), ("site A", 0.6)], "behaviour changed"
assert apart == [("site A", 0.9), ("site B", 0.6)], "behaviour changed"
PY
