"""The processes that screen the walks of a manifest: what they import, begun before anything else is loaded here."""

from __future__ import annotations

from scoliogait.district.processes import begin_server

# What workers import; who waits for them does not need it.
SCREENS_SHARDS = "scoliogait.api.screen_shard"


def begin_workers() -> None:
    """Let what ``Processes`` needs be loaded by another process while this one reads and checks the manifest.

    Saves a part of a second on the clock where it is called first, also before ``sg.screen_manifest``; a run does not
    need it. Nothing where processes are not forked (macOS, Windows).
    """
    begin_server(SCREENS_SHARDS)
