"""Where the recorded data of the original code and the real samples lie: beside the checkout, never inside the package."""

from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared"
GOLDEN = SHARED / "golden"
