"""Where recordings of the original code and real samples lie: beside the checkout, never inside the package."""

from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared"
GOLDEN = SHARED / "golden"
SAMPLES = SHARED / "samples"
MOCAP = SHARED / "external" / "cmu_mocap_walk"
