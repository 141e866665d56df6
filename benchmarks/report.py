"""CPU seconds of reports: one with all its files, many of a table of results, and the PDF beside WeasyPrint's.

WeasyPrint sets the same page (the HTML) where it is installed; it is nobody's requirement, so without it the comparison
is left out, and the output says so. All are measured in one process in turns, in processor time, which leaves out
waiting for other programs. The least of all rounds is given: everything but the work itself only adds.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import scoliogait as sg
from scoliogait.api.places import DEFAULT_MODEL
from scoliogait.report.screening_files import ScreeningFiles
from scoliogait.results.card import whole_card
from scoliogait.screening_report.content import Report
from scoliogait.screening_report.html import report_html
from scoliogait.screening_report.outputs import write_report
from scoliogait.screening_report.pdf import report_pdf
from scoliogait.screening_report.texts import languages

N_ROUNDS = 5
N_REPORTS = 1000
LARGEST_KB = 150

_SAMPLE = "cmu_06_01_front"


def run() -> list[dict[str, Any]]:
    """Measure, print the table and give its rows."""
    made = sg.make_report(sg.screen(sg.sample_path(_SAMPLE)), person_code="K-0173")
    with tempfile.TemporaryDirectory() as folder:
        rows = [_one(made, Path(folder)), *_sizes(made, Path(folder)), _many(Path(folder))]
    works: dict[str, Callable[[Report], object]] = {"typst": report_pdf}
    weasyprint = _weasyprint()
    if weasyprint is not None:
        works["WeasyPrint"] = lambda report: weasyprint(report_html(report))
    least = _in_turns(works, made)
    rows += [{"what": f"PDF by {name}", "value": cpu_s, "unit": "CPU s"} for name, cpu_s in least.items()]
    if weasyprint is not None:
        times = least["WeasyPrint"] / least["typst"]
        rows.append({"what": "WeasyPrint over typst", "value": times, "unit": f"times (8 or more: {times >= 8})"})
    console = Console()
    table = Table("what", "value", "unit")
    for row in rows:
        table.add_row(row["what"], f"{row['value']:.3g}", row["unit"])
    console.print(table)
    if weasyprint is None:
        console.print("WeasyPrint is not installed: its time was not measured")
    return rows


def _one(made: Report, folder: Path) -> dict[str, Any]:
    """After the first, which loads fonts: with that one it is the time of a command that makes one report."""
    start = time.process_time()
    written = write_report(made, folder, "one")
    first = time.process_time() - start
    sizes = ", ".join(f"{path.name.partition('.')[2]} {path.stat().st_size / 1000:.0f} kB" for path in written.paths)
    return {"what": "one report, the first of a process", "value": first, "unit": f"CPU s (1 or less); {sizes}"}


def _sizes(made: Report, folder: Path) -> list[dict[str, Any]]:
    """The largest file of a report in each language, with the card of the model in its bundle."""
    rows = []
    for language in languages():
        card = whole_card(DEFAULT_MODEL, with_checklists=False)
        written = write_report(made, folder, f"size-{language}", language=language, card=card)
        sizes = {path.name.partition(".")[2]: path.stat().st_size / 1000 for path in written.paths}
        listed = ", ".join(f"{kind} {kilobytes:.0f}" for kind, kilobytes in sizes.items())
        unit = f"kB ({LARGEST_KB} or less: {max(sizes.values()) <= LARGEST_KB}); {listed}"
        if written.no_pdf is not None:
            unit += "; no PDF, as no font here has its letters"
        rows.append({"what": f"largest file, {language}", "value": max(sizes.values()), "unit": unit})
    return rows


def _many(folder: Path) -> dict[str, Any]:
    """Reports per CPU second from a table of results, PDFs included."""
    table = folder / "table.csv"
    outcome = next(iter(sg.screen_many([sg.sample_path(_SAMPLE)])))
    with ScreeningFiles(csv=table).open() as opened:
        for number in range(N_REPORTS):
            row = outcome.to_row() | {"walk_id": f"walk-{number:04d}"}
            opened.add(row, {})
    start = time.process_time()
    found = list(sg.write_reports([table], folder / "reports", sg.ReportFacts(code_from_name=True)))
    spent = time.process_time() - start
    assert all(one.written is not None and one.written.no_pdf is None for one in found)
    rate = len(found) / spent
    return {"what": f"{len(found)} reports of a table", "value": rate, "unit": "reports per CPU s (10 or more)"}


def _weasyprint() -> Callable[[str], object] | None:
    if importlib.util.find_spec("weasyprint") is None:
        return None
    html = importlib.import_module("weasyprint").HTML

    def printed(page: str) -> object:
        target = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            html(string=page).write_pdf(target)
        return target.getvalue()

    return printed


def _in_turns(works: dict[str, Callable[[Report], object]], made: Report) -> dict[str, float]:
    """Each round has a report of its own: what was set before is remembered, and would cost nothing."""
    least = dict.fromkeys(works, float("inf"))
    for number in range(N_ROUNDS):
        report = made.model_copy(update={"person_code": f"K-{number:04d}"})
        for name, work in works.items():
            start = time.process_time()
            work(report)
            least[name] = min(least[name], time.process_time() - start)
    return least


if __name__ == "__main__":
    run()
