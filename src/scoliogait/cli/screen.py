"""``scoliogait screen``: recorded walks in; class probabilities, measured asymmetries and quality out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

import scoliogait as sg
from scoliogait.api.places import DEFAULT_MODEL
from scoliogait.class_words import CLASS_NOTE, banner
from scoliogait.cli import many_options, options
from scoliogait.cli.completion import complete_model
from scoliogait.cli.console import Console
from scoliogait.cli.interrupts import INTERRUPTED, held_interrupts, interrupt_in_one_line, terminations_as_interrupts
from scoliogait.cli.printing import print_banner, print_next, print_written
from scoliogait.cli.progress import progress_bar
from scoliogait.cli.recording import SECONDS, SavedWalk, camera_of, recording
from scoliogait.cli.screen_overlay import OverlayFile
from scoliogait.errors import DataError

if TYPE_CHECKING:
    from scoliogait.api.screen_many import Screenings
    from scoliogait.report.screening_counts import ScreeningCounts
    from scoliogait.report.screening_files import OpenScreeningFiles, ScreeningFiles
    from scoliogait.walk import Walk


def screen(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Videos, walk files of any known format, folders of them, trees, stores, and patterns in quotes.",
            metavar="PATH...",
        ),
    ] = None,
    session: Annotated[
        bool, typer.Option("--session", help="The walks are the passes of one person on one day: one result.")
    ] = False,
    model: Annotated[
        str,
        typer.Option(
            help="Run or bundle folder, or a model of the package, builtin:NAME.", autocompletion=complete_model
        ),
    ] = DEFAULT_MODEL,
    csv_out: Annotated[
        Path | None, typer.Option("--csv", help="Write a table with one row an input to this file.")
    ] = None,
    jsonl_out: Annotated[
        Path | None, typer.Option("--jsonl", help="Write the same table as JSON Lines to this file.")
    ] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write everything to this JSON file too.")] = None,
    overwrite: Annotated[bool, options.overwrite("older files of this command")] = False,
    person: Annotated[
        int | None, typer.Option(min=1, help="Which person of a recording, counted from the left.", metavar="N")
    ] = None,
    frame_rate_hz: options.FrameRate = None,
    joints: options.Joints = None,
    backend: options.Backend = None,
    overlay: Annotated[
        Path | None,
        typer.Option(
            help="Write what was seen in the video to this file: a video (.webm, .mp4) or a contact sheet (.png)."
        ),
    ] = None,
    show_faces: Annotated[bool, typer.Option("--show-faces", help="Do not hide heads in the overlay.")] = False,
    camera: Annotated[
        int | None,
        typer.Option(
            min=0, help="Record a walk now with this camera, 0 for the first; no picture is kept.", metavar="N"
        ),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help=f"How long the camera records; {SECONDS:g} unless given.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Write the walk that was read, its joints and outlines, to this file (.npz).")
    ] = None,
    manifest: many_options.Manifest = None,
    out: many_options.Out = None,
    root: many_options.Root = None,
    workers: many_options.Workers = None,
    shard: many_options.Shard = None,
    cluster: many_options.Cluster = None,
    certificates: many_options.Certificates = None,
    trust_network: many_options.TrustNetwork = False,
    slurm: many_options.Slurm = None,
    tasks: many_options.Tasks = None,
    seconds_per_walk: many_options.SecondsPerWalk = None,
) -> None:
    """Screen recorded walks, or one that a camera records now.

    A folder is looked through with all its folders, unless it is one walk, as a folder of OpenPose files is. A walk
    that cannot be screened is named with its reason, and the others go on. With --session all are passes of one person
    before one camera, towards it and away, in one recording or several: they give one result, or none. With --manifest
    the walks of a table are screened on many workers, and a run that was killed goes on.

    Exit code: 0 when all were screened, inconclusive ones included; 2 when one was not usable or unreadable, or for
    a wrong command; 130 after Ctrl-C or a termination, when what is finished is written.

    Example: scoliogait screen walks/ "more/**/*.npz" --csv result.csv
    """
    from scoliogait.io.backend_names import backend_named, check_one_video
    from scoliogait.report.screening_counts import ScreeningCounts
    from scoliogait.report.screening_files import ScreeningFiles

    console = Console(highlight=False)
    paths = paths or []
    many = many_options.ManyOptions(
        *(manifest, out, root, workers, shard, cluster, certificates, trust_network, slurm, tasks, seconds_per_walk)
    )
    if manifest is not None:
        single = {"PATH": paths, "--session": session, "--json": json_out, "--overlay": overlay}
        many.refuse_beside(single | {"--camera": camera is not None, "--seconds": seconds, "--save": save})
        read_as = {"person": person, "frame_rate_hz": frame_rate_hz, "layout": joints, "backend": backend}
        from scoliogait.cli.screen_manifest import screen_manifest  # tables of walks need pyarrow, a single walk not

        screen_manifest(many, model, read_as, ScreeningFiles(csv_out, jsonl_out), overwrite)
        return
    many.refuse_without_manifest()
    recorded = camera_of(camera, seconds, paths, overlay, session)
    saved = SavedWalk(save)
    seen_in = OverlayFile(overlay, show_faces)
    seen_in.refuse(paths, session, overwrite)
    if session:
        from scoliogait.cli.session import SessionFiles, screen_session

        session_out = SessionFiles(csv_out, jsonl_out, json_out, overwrite).checked()
        if save is not None:
            raise DataError(f"--save {save}: keeps one walk; leave out --session")
        looks = None if backend is None else backend_named(backend, joints)
        check_one_video(looks, len(paths))
        reading = partial(sg.read_walk, person=person, layout=joints, frame_rate_hz=frame_rate_hz, backend=looks)
        with interrupt_in_one_line("there is no result of the session, and none was written"):
            screen_session(_read_all(paths, reading, console), model, session_out, console)
        return
    files_out = ScreeningFiles(csv_out, jsonl_out, json_out)
    files_out.refuse(overwrite)
    with recording(recorded, console) if recorded else nullcontext() as now:
        screenings = sg.screen_many(
            [now] if now else paths,
            model,
            person=person,
            frame_rate_hz=frame_rate_hz,
            layout=joints,
            keep_seen=seen_in.keep_seen,
            backend=backend,
        )
        saved.refuse(len(screenings), overwrite)
        screenings.keep_walk = saved.keep
        counts = ScreeningCounts()
        with terminations_as_interrupts(), files_out.open() as opened:
            stopped_with = _screen_all(screenings, opened, counts, seen_in, console)
            with held_interrupts():
                opened.finish(screenings.model, finished=stopped_with is None)
    _print_end(screenings, counts, files_out, console)
    saved.say(console)
    if stopped_with is None:
        with interrupt_in_one_line(f"{overlay} is not written"):
            seen_in.write(console)
    if stopped_with is not None:
        raise typer.Exit(stopped_with)
    if not counts.all_screened:
        raise typer.Exit(2)


def _read_all(paths: Sequence[Path], reading: Callable[..., Walk], console: Console) -> list[Walk]:
    with progress_bar("reading passes", len(paths), console if console.is_terminal else None) as bar:
        walks: list[Walk] = []
        for path in paths:
            bar.reach(len(walks), len(paths), path.name)
            walks.append(reading(path, progress=bar.look))
            bar.end_look()
        return walks


def _screen_all(
    screenings: Screenings,
    opened: OpenScreeningFiles,
    counts: ScreeningCounts,
    seen_in: OverlayFile,
    console: Console,
) -> int | None:
    """Screen, write and print one input after the other; the exit code where something ended it before the last."""
    from scoliogait.cli.screening_text import MOST_IN_FULL, print_found, print_heading, print_line, print_outcome

    in_full = len(screenings) <= MOST_IN_FULL
    above = banner(screenings.training_walks)
    try:
        print_found(screenings.found, console)
        if not in_full:
            print_banner(above, console)
            print_heading(console)
        # Where results are printed on the screen the bar goes below them; else it goes to standard error.
        with progress_bar("screening", len(screenings), console if console.is_terminal else None) as bar:
            screenings.progress = bar.look
            for outcome in screenings:
                bar.end_look()
                with held_interrupts():
                    row = outcome.to_row()
                    opened.add(row, outcome.to_dict())
                    counts.add(row)
                    seen_in.add(outcome)
                if in_full and outcome.screening is not None:
                    print_banner(above, console)
                    above = ""
                (print_outcome if in_full else print_line)(outcome, console)
                bar.advance()
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as ended:  # so rich ends when the reader of our output went away (for example `| head`)
        return int(ended.code or 0)
    return None


def _print_end(screenings: Screenings, counts: ScreeningCounts, files_out: ScreeningFiles, console: Console) -> None:
    """What must be said along with the results, how many there are, and where they lie."""
    from scoliogait.cli.screening_text import MOST_IN_FULL

    if counts.any_read:
        for statement in ("", CLASS_NOTE, *screenings.statements):
            console.print(Text(statement, style="yellow"))
    n_left = len(screenings) - counts.n_rows
    for line in counts.reasons() if len(screenings) > MOST_IN_FULL else ():
        console.print(Text(line), soft_wrap=True)
    console.print(Text(counts.words(), "bold"), soft_wrap=True)
    if n_left:
        left = "1 input was not screened and is" if n_left == 1 else f"{n_left} inputs were not screened and are"
        console.print(Text(f"interrupted: {left} in no file", "bold red"))
    if files_out.paths:
        print_written(console, *files_out.paths)
    elif counts.any_read:
        print_next(console, "screen", "PATH...", "--csv", "result.csv", note="keeps every number")
