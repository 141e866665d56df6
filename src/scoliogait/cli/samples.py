"""``scoliogait samples``: the real walks that come with the package."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

import scoliogait as sg
from scoliogait.cli.console import Console
from scoliogait.cli.printing import print_next


def samples() -> None:
    """List the real walks that come with the package: file, what it shows, licence.

    Example: scoliogait samples
    """
    from scoliogait.io.native import read_native

    console = Console(highlight=False)
    table = Table(box=None, padding=(0, 1), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name in sg.sample_names():
        walk = read_native(sg.sample_path(name), modalities=("poses",))  # silhouettes are looked at with OpenCV
        rate = "" if walk.frame_rate_hz is None else f", {walk.frame_rate_hz:g} per second"
        licence = walk.origin["licence"].split(":")[0]
        table.add_row(Text(name, "bold"), Text(f"{walk.origin['title']}; {walk.n_frames} frames{rate}; {licence}"))
    console.print(table)
    console.print(Text("No person here has a known diagnosis.", style="yellow"))
    print_next(console, "screen", sg.sample_path("intel_worker_back"))
