"""The notebook of the first steps runs as it stands, and says in one line when the package is not installed."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

NOTEBOOK = Path(__file__).parents[2] / "examples" / "first_steps.ipynb"


def run(notebook: nbformat.NotebookNode, folder: Path) -> None:
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()


@pytest.mark.slow
def test_every_cell_runs_and_shows_something(tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    run(notebook, tmp_path)
    outputs = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    assert [len(shown) for shown in outputs] == [0] + [1] * (len(outputs) - 1)
    shown = [output.get("data", {}) for of_cell in outputs[1:] for output in of_cell]
    assert sum("image/png" in data for data in shown) == 4
    pages = [data["text/html"] for data in shown if "text/html" in data]
    assert len(pages) == 5
    assert all("not a medical device" in page and "simulated" in page for page in pages)
    assert "side view" in outputs[4][0].text
    assert (tmp_path / "runs" / "first-steps" / "test" / "metrics.json").is_file()


@pytest.mark.slow
def test_without_the_package_one_plain_line_says_what_to_do(tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    hidden = nbformat.v4.new_code_cell("import sys\nsys.modules['scoliogait'] = None")
    notebook.cells = [hidden, *notebook.cells]
    with pytest.raises(CellExecutionError):
        run(notebook, tmp_path)
    first = next(cell for cell in notebook.cells if "find_spec" in cell.source)
    (error,) = [output for output in first.outputs if output.output_type == "error"]
    assert error.traceback == [error.evalue]
    assert error.evalue.startswith("scoliogait is not installed: run `pip install .`")


def test_it_is_small_and_committed_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.get("outputs") for cell in notebook.cells)
    assert NOTEBOOK.stat().st_size < 200_000
