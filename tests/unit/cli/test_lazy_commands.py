"""A command loads its own file and what it needs; which modules is tested, not how long it takes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import scoliogait.cli
from scoliogait.cli import app
from scoliogait.samples import sample_paths

FOLDER = Path(scoliogait.cli.__file__).parent
CODE = """
import sys
sys.argv = ["scoliogait", *{arguments!r}]
from scoliogait.cli import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
import json
print(json.dumps(sorted(sys.modules)))
"""
# What a walk of poses does without: other commands, data sets, training, pictures, and readers of videos.
NOT_FOR_SCREEN = (
    *("torch", "lightning", "scipy", "sklearn", "pyarrow", "matplotlib", "cv2", "av", "jinja2", "yaml", "safetensors"),
    *("scoliogait.cli.data", "scoliogait.cli.model", "scoliogait.cli.train", "scoliogait.cli.report"),
    *("scoliogait.cli.serve", "scoliogait.cli.session", "scoliogait.cli.screen_manifest"),
    *("scoliogait.data", "scoliogait.training", "scoliogait.simulation", "scoliogait.district", "scoliogait.survey"),
    *("scoliogait.io.backends", "scoliogait.io.video_file", "scoliogait.io.precomputed"),
    *("scoliogait.video.watch", "scoliogait.video.decode", "scoliogait.video.detect", "scoliogait.video.estimate"),
    *("scoliogait.checkpoints.bundle", "scoliogait.representation.skeleton_map"),
)
NOT_FOR_HELP = (
    *("numpy", "onnxruntime", "orjson", "yaml", "platformdirs", *NOT_FOR_SCREEN[:10]),
    *("scoliogait.walk", "scoliogait.screening", "scoliogait.checkpoints", "scoliogait.exported", "scoliogait.io"),
    *("scoliogait.measurement", "scoliogait.representation", "scoliogait.models", "scoliogait.serve"),
)
NOT_FOR_VERSION = (*NOT_FOR_HELP, "rich.table", "scoliogait.cli.screen", "scoliogait.cli.data")


def loaded_by(*arguments: str) -> set[str]:
    """Modules that this command line has loaded by its end."""
    code = CODE.format(arguments=list(arguments))
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return set(json.loads(ended.stdout.splitlines()[-1]))


def commands() -> list[str]:
    return list(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "unused"),
    [
        (["screen", str(sample_paths()[0])], NOT_FOR_SCREEN),
        (["--help"], NOT_FOR_HELP),
        (["--version"], NOT_FOR_VERSION),
    ],
    ids=["screen", "help", "version"],
)
def test_what_a_command_does_not_need_is_not_loaded(arguments: list[str], unused: tuple[str, ...]) -> None:
    loaded = loaded_by(*arguments)
    assert "scoliogait.cli" in loaded
    assert [name for name in unused if name in loaded] == []


def test_the_modules_that_are_not_needed_exist() -> None:
    ours = [name for name in {*NOT_FOR_SCREEN, *NOT_FOR_VERSION} if name.startswith("scoliogait.")]
    places = [FOLDER.parent.joinpath(*name.split(".")[1:]) for name in ours]
    assert [place for place in places if not place.is_dir() and not place.with_suffix(".py").is_file()] == []


def test_the_help_names_every_command_in_order_with_what_it_does() -> None:
    said = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output
    listed = [line.split()[1:] for line in said.partition("Commands")[2].splitlines() if line.startswith("│ ")]
    named = [words[0] for words in listed if words[0] in commands()]
    assert named == commands()
    assert all(len(words) > 3 for words in listed if words[0] in named)


def test_every_file_of_commands_is_a_command() -> None:
    """A file with a function of its own name, or with a group, is in the list."""
    texts = {file.stem: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.py")}
    of_commands = {
        name
        for name, text in texts.items()
        if name != "__init__" and ("\n    Example: scoliogait " + name in text or "\napp = typer.Typer(" in text)
    }
    assert of_commands == set(commands())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["scren"], "Did you mean 'screen'?"),
        (["data", "chek"], "Did you mean 'check'?"),
        (["nothing-like-it"], "No such command 'nothing-like-it'."),
    ],
)
def test_an_unknown_command_is_answered_with_the_nearest(line: list[str], words: str) -> None:
    result = CliRunner().invoke(app, line)
    assert result.exit_code == 2
    assert words in result.output


def test_names_of_commands_are_completed_and_the_others_stay_unloaded() -> None:
    asked = {"COMP_WORDS": "scoliogait sc", "COMP_CWORD": "1", "_SCOLIOGAIT_COMPLETE": "complete_bash"}
    code = "import atexit, sys\natexit.register(lambda: print(*sorted(sys.modules), file=sys.stderr))\n"
    code += "from scoliogait.cli import app; app(prog_name='scoliogait')"
    said = subprocess.run([sys.executable, "-c", code], env=asked, capture_output=True, text=True, check=False)
    assert said.stdout.split() == ["screen"]
    assert "scoliogait.cli.screen" in said.stderr.split()
    assert "scoliogait.cli.train" not in said.stderr.split()
