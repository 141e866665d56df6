"""What stands in a file is shown and never acts on the terminal."""

import ast
import io
import sys
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

import scoliogait.cli
from scoliogait.cli import main
from scoliogait.cli.console import Console

HOSTILE = "a\x1b]0;owned\x07\x9b2Jb\u202ec\ud800"
# rich drops the bell by itself.
SHOWN = r"a\x1b]0;owned\x9b2Jb\u202ec\ud800"


def printed(*things: object) -> str:
    stream = io.StringIO()
    Console(file=stream, force_terminal=True, width=200, color_system="standard").print(*things, highlight=False)
    return stream.getvalue()


def test_control_characters_are_written_out() -> None:
    table = Table()
    table.add_column(Text(HOSTILE))
    table.add_row(Text(HOSTILE))
    for shown in (printed(Text(HOSTILE)), printed(Text(f"\n{HOSTILE}\tend")), printed(table), printed(HOSTILE)):
        assert SHOWN in shown
        assert not set(shown) & set("\x07\x9b\u202e\ud800")
        assert "\x1b]" not in shown


def test_colours_of_our_own_stay() -> None:
    assert printed(Text("red", style="red")) == "\x1b[31mred\x1b[0m\n"


def test_an_error_cannot_drive_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["scoliogait", "evaluate", HOSTILE])
    with pytest.raises(SystemExit):
        main()
    assert SHOWN in capsys.readouterr().err


def test_every_command_has_this_console() -> None:
    folder = Path(scoliogait.cli.__file__).parent
    for path in folder.glob("*.py"):
        imports = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom))
        of_rich = {alias.name for node in imports if node.module == "rich.console" for alias in node.names}
        assert path.name == "console.py" or "Console" not in of_rich, f"{path.name}: import it from cli.console"
