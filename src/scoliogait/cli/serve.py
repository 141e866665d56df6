"""``scoliogait serve``: a page on one's own machine, on which recordings are screened."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from scoliogait.api.places import DEFAULT_MODEL
from scoliogait.cli.completion import complete_language, complete_model
from scoliogait.errors import DataError
from scoliogait.limits import MIB
from scoliogait.optional_package import install_command, require_package

_NEEDED = ("starlette", "uvicorn", "psutil")


def serve(
    folder: Annotated[
        Path | None, typer.Option(help="Where sessions lie; without it a folder of this user.", show_default=False)
    ] = None,
    host: Annotated[str, typer.Option(help="Address of the page; another than 127.0.0.1 needs --token.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes any free port.")] = 8321,
    token: Annotated[bool, typer.Option("--token", help="Ask for a token, which is made and printed once.")] = False,
    model: Annotated[
        str,
        typer.Option(
            help="Run or bundle folder, or a model of the package, builtin:NAME.", autocompletion=complete_model
        ),
    ] = DEFAULT_MODEL,
    language: Annotated[
        str | None,
        typer.Option(
            help="Of the page and its reports; without it the one that the browser asks for.",
            autocompletion=complete_language,
            show_default=False,
        ),
    ] = None,
    memory_mb: Annotated[int, typer.Option(min=500, help="The most memory that the work on a session takes.")] = 4096,
    minutes: Annotated[float, typer.Option(min=0.1, help="The longest that the work on a session takes.")] = 30.0,
) -> None:
    """Open a page on which recordings are screened, on this machine alone.

    Nothing leaves the machine. Recordings are deleted after they were looked at, unless they are kept on purpose.

    Example: scoliogait serve
    """
    from platformdirs import user_data_path

    from scoliogait.checkpoints.model_folder import is_builtin, model_folder
    from scoliogait.exported.stated import package_that_runs, stated_model
    from scoliogait.screening_report.texts import texts_of
    from scoliogait.serve.settings import Settings

    settings = Settings(
        folder=(folder or user_data_path("scoliogait") / "serve").absolute(),
        host=host,
        port=port,
        token=token,
        language=None if language is None else texts_of(language).language,
        model=model if is_builtin(model) else str(model_folder(model).absolute()),
        memory_bytes=memory_mb * MIB,
        work_s=minutes * 60,
    )
    settings.check()
    stated_model(model)  # refused here, where it was typed, not in every session
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise DataError(f"serve: needs {', '.join(missing)}; {install_command('serve')}")
    require_package(package_that_runs(model))  # in another process
    _become([sys.executable, "-P", "-m", "scoliogait.serve", settings.to_json()])


def _become(command: list[str]) -> NoReturn:
    """Another program in place of this one: a server should not carry what a command line loads."""
    if os.name == "posix":
        os.execv(command[0], command)
    sys.exit(subprocess.call(command))  # Windows cannot: there this process waits
