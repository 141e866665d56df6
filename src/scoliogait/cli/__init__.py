"""The command line: one file per command group; each command is a plain function of the package.

A command's file is loaded when it is called; what takes long to load is imported inside the commands, so that
``--help``, which loads the files of all, answers at once.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import Annotated, NoReturn

import typer
from rich.text import Text

from scoliogait import __version__
from scoliogait.cli.console import Console
from scoliogait.cli.lazy_commands import LazyGroup
from scoliogait.cli.terminal import survive_any_terminal
from scoliogait.errors import ScoliogaitError
from scoliogait.memory import memory_that_ran_out
from scoliogait.optional_package import named_with_extra

app = typer.Typer(
    name="scoliogait",
    cls=LazyGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Screening for scoliosis from the way a person walks. Research software, not a medical device.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"scoliogait {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None: ...


def main() -> None:
    """Run the command line. Bad input ends in one line on standard error and exit code 2, never in a traceback."""
    survive_any_terminal()
    _look_for_garbage_less()
    try:
        app()
    except ScoliogaitError as error:
        _refuse(str(error))
    except BrokenPipeError:
        # The reader of our output went away (for example `| head`): not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except ModuleNotFoundError as error:
        named = named_with_extra(error)
        if named is None:
            raise
        _refuse(str(named))
    except Exception as error:
        _refuse(_in_one_line(error))


def _look_for_garbage_less() -> None:
    """Loading libraries makes a hundred thousand objects that all stay: looking through them again and again, and once
    more at the end, took a quarter of the time of a small command."""
    gc.set_threshold(10_000)
    atexit.register(gc.freeze)


def _in_one_line(error: Exception) -> str:
    """What this machine denies, in words; any other exception is a fault of ours and rises."""
    which = memory_that_ran_out(error)
    if which is not None:
        return f"ran out of {which}; close other programs, or give less at a time"
    if isinstance(error, OSError) and error.filename is not None:
        # A path that the machine itself refuses: a name too long, no permission, a disk that fails.
        return f"{error.filename}: {error.strerror}; give a path that can be used here"
    raise error


def _refuse(reason: str) -> NoReturn:
    line = Text.assemble(("error:", "bold red"), f" {' '.join(reason.split())}")
    Console(stderr=True, soft_wrap=True, highlight=False).print(line)
    sys.exit(2)
