"""The command line's last line of defence: what ends a command is one line and an exit code."""

import sys

import pytest

from scoliogait.cli import main


@pytest.mark.parametrize("command", [["evaluate"], ["model", "inspect"], ["verify"], ["promote"], ["data", "check"]])
def test_a_path_that_the_machine_refuses_is_one_line(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["scoliogait", *command, "x" * 300])
    if command == ["promote"]:
        sys.argv += ["--provenance", "empirical"]
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: xxx")


def test_an_error_shows_names_as_they_are(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    name = r"a:b:c\[/red].parquet"  # an emoji and a closing tag to rich
    monkeypatch.setattr(sys, "argv", ["scoliogait", "compare", name, name])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert f"error: {name}: " in capsys.readouterr().err
