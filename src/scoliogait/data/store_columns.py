"""The columns of a store's table, a row a walk. Apart from ``store_format``, which needs no pyarrow."""

from __future__ import annotations

import pyarrow as pa

from scoliogait.data.store_format import MODALITIES

# `<modality>_start` and `<modality>_frames` say where a walk lies in the array of that modality; 0 frames: it has none.
TABLE_SCHEMA = pa.schema(
    [
        ("walk_id", pa.string()),
        ("subject_id", pa.string()),
        ("label", pa.string()),
        ("view", pa.string()),
        ("frame_rate_hz", pa.float64()),
        ("frame_width_px", pa.int32()),
        ("frame_height_px", pa.int32()),
        *((f"{modality}_{part}", pa.int64()) for modality in MODALITIES for part in ("start", "frames")),
        ("n_missing_coordinates", pa.int64()),
        ("asymmetry", pa.list_(pa.float32())),
        ("source", pa.string()),
        ("origin", pa.string()),
        ("people", pa.string()),
        ("notes", pa.string()),
        ("mirror_difference", pa.list_(pa.float32())),
    ]
)
