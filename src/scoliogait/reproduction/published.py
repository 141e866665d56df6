"""Published figures of models on Scoliosis1K, each entered once: where it comes from, how its model was chosen, and
what keeps it from being compared.

All in percent, as printed by their source. Macro figures average over the classes negative, neutral and positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from scoliogait.provenance import Selection

# The four figures that the field prints, under our names.

_SCONET_PAPER = "ScoNet paper (Zhou et al., MICCAI 2024, arXiv 2407.05726)"
_DRF_PAPER = "DRF paper (Zhou et al., MICCAI 2025, arXiv 2509.00872)"
_NOTES = "public notes of an independent re-implementation on OpenGait"
_CHECKPOINT = "an evaluation of the authors' weights, not a training; see `scoliogait model inspect`"
_STEP_CHOSEN = "taken at a step before the end of its training"


@dataclass(frozen=True)
class PublishedFigure:
    """One published result. selection: how the model was chosen, ``test-guided`` when on the walks it is tested on.

    not_comparable: why no training of ours on that split can be held against it; empty when one can. remark: what a
    reader should know besides.
    """

    key: str
    what: str
    split: str
    source: str
    accuracy: float
    macro_precision: float | None = None
    macro_recall: float | None = None
    macro_f1: float | None = None
    selection: Selection = Selection.NOT_STATED
    not_comparable: str = ""
    remark: str = ""

    def figure(self, metric: str) -> float | None:
        """One of ``PRINTED_METRICS`` in percent, None where the source does not print it."""
        value = getattr(self, metric)
        return None if value is None else float(value)


_FIGURES = (
    PublishedFigure(
        "sconet-mt-118-paper",
        "ScoNet-MT",
        "118",
        _SCONET_PAPER,
        82.0,
        remark="its 'specificity' of 76.5 is the share of neutral and positive walks that were not called negative",
    ),
    PublishedFigure("sconet-mt-ske-118-paper", "ScoNet-MT-ske", "118", _DRF_PAPER, 82.5, 81.4, 74.3, 76.6),
    PublishedFigure(
        "drf-118-paper",
        "DRF",
        "118",
        _DRF_PAPER,
        86.0,
        84.1,
        79.2,
        80.8,
        remark="PAV formulas, attention layers and optimizer are not in the text",
    ),
    PublishedFigure("sconet-mt-112-notes", "ScoNet-MT", "112", _NOTES, 95.05, macro_f1=85.12),
    PublishedFigure(
        "skeleton-control-118-notes",
        "ScoNet-MT-ske, control",
        "118",
        _NOTES,
        36.45,
        macro_f1=32.78,
        remark="sigma 8 maps",
    ),
    PublishedFigure(
        "body-only-sgd-112-notes",
        "body-only maps, SGD, step 7,000",
        "112",
        _NOTES,
        83.16,
        68.24,
        80.02,
        68.47,
        remark=_STEP_CHOSEN,
    ),
    PublishedFigure(
        "body-only-adamw-27k-112-notes",
        "… then AdamW with a cosine, step 27,000",
        "112",
        _NOTES,
        92.38,
        90.30,
        87.39,
        88.70,
        selection=Selection.TEST_GUIDED,
    ),
    PublishedFigure(
        "body-only-adamw-64k-112-notes",
        "… then AdamW with a cosine, step 64,000",
        "112",
        _NOTES,
        94.25,
        83.24,
        95.76,
        87.63,
        selection=Selection.TEST_GUIDED,
    ),
    PublishedFigure(
        "head-lite-112-notes",
        "head-lite maps, SGD, step 7,000",
        "112",
        _NOTES,
        78.07,
        65.42,
        80.50,
        62.08,
        remark=_STEP_CHOSEN,
    ),
    PublishedFigure(
        "drf-bridge-112-notes",
        "DRF on body-only maps, step 2,000",
        "112",
        _NOTES,
        80.21,
        58.92,
        59.23,
        57.84,
        remark=_STEP_CHOSEN,
    ),
    PublishedFigure(
        "body-only-weighted-112-notes",
        "body-only maps, weighted cross-entropy, step 7,000",
        "112",
        _NOTES,
        81.82,
        macro_f1=65.96,
        not_comparable="the class weights are not stated",
        remark=_STEP_CHOSEN,
    ),
    PublishedFigure(
        "author-drf-aligned",
        "authors' DRF weights, aligned maps",
        "118",
        _NOTES,
        80.24,
        76.73,
        76.40,
        76.56,
        not_comparable=_CHECKPOINT,
        remark="logits read as negative, positive, neutral; PAV scaled with test walks too",
    ),
    PublishedFigure(
        "author-drf-train-pav",
        "… PAV scaled with training walks",
        "118",
        _NOTES,
        77.30,
        73.70,
        73.04,
        73.28,
        not_comparable=_CHECKPOINT,
    ),
    PublishedFigure(
        "author-drf-train-maps",
        "… maps of the export with training statistics",
        "118",
        _NOTES,
        80.37,
        77.16,
        76.48,
        76.80,
        not_comparable=_CHECKPOINT,
        remark="PAV scaled with test walks too",
    ),
    PublishedFigure(
        "author-drf-no-cut",
        "… without the cut of 10 columns",
        "118",
        _NOTES,
        49.93,
        50.49,
        51.58,
        47.75,
        not_comparable=_CHECKPOINT,
    ),
    PublishedFigure(
        "author-drf-sum",
        "… maps by sum, without the cut",
        "118",
        _NOTES,
        27.24,
        9.08,
        33.33,
        14.27,
        not_comparable=_CHECKPOINT,
        remark="equals calling every walk negative",
    ),
    PublishedFigure(
        "author-drf-on-112",
        "authors' DRF weights of 118, tested on 112",
        "112",
        _NOTES,
        85.19,
        57.98,
        56.65,
        57.30,
        not_comparable="370 of these 748 test walks are training walks of 118",
    ),
    PublishedFigure(
        "gait-mil-118",
        "Gait-MIL",
        "118",
        "arXiv 2504.03894",
        84.8,
        not_comparable="no recipe here",
        remark="its 'sensitivity' of 99.0 is the recall of negative walks",
    ),
    PublishedFigure(
        "tg-milnet-118",
        "TG-MILNet",
        "118",
        "arXiv 2507.02996",
        89.9,
        not_comparable="no recipe here",
        remark="its 'sensitivity' of 99.5 is the recall of negative walks",
    ),
)
PUBLISHED_FIGURES = MappingProxyType({figure.key: figure for figure in _FIGURES})
