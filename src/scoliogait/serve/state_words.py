"""What the states of a session are called on the page."""

from __future__ import annotations

from scoliogait.serve.session_table import State

STATE_WORDS: dict[State, str] = {
    "uploading": "being sent",
    "queued": "waiting",
    "running": "being looked at",
    "done": "report ready",
    "refused": "not usable",
    "failed": "broken off",
    "cancelled": "cancelled",
}
