"""The hazard report of the released partitions in the documentation is what the command prints."""

from pathlib import Path

from typer.testing import CliRunner

from released_ids import released_label_table
from scoliogait.cli import app
from scoliogait.data.partition import PUBLISHED

PAGE = Path(__file__).parents[2] / "docs" / "studies" / "partitions-released.md"
HEAD = """# The four released partitions: what `data check` prints

Classes follow from the ids of the release (positive below 493, negative below 1293, then neutral), people are unknown.
With the data at hand, name its trees or a store instead of the table of labels. A test compares this page with what the
command prints.
"""


def released_report(folder: Path) -> str:
    """The page, from the command's own output at 80 columns."""
    labels = folder / "labels.csv"
    labels.write_text(released_label_table())
    parts = [HEAD]
    for name in PUBLISHED:
        arguments = ["data", "check", str(labels), "--partition", name]
        result = CliRunner(env={"COLUMNS": "80"}).invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        printed = "\n".join(line.rstrip() for line in result.output.splitlines())
        parts.append(f"```\n$ scoliogait data check labels.csv --partition {name}\n{printed}\n```\n")
    return "\n".join(parts)


def test_the_page_is_what_the_command_prints(tmp_path: Path) -> None:
    assert PAGE.read_text(encoding="utf-8") == released_report(tmp_path)
