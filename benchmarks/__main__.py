"""Runs the benchmarks named on the command line, or all of them. Each module has ``run()``, which prints its table."""

import argparse
import importlib
import sys
from pathlib import Path

# With the options that each takes.
BENCHMARKS: dict[str, tuple[str, ...]] = {
    "kernels": ("original", "out", "full"),
    "store": (),
    "maps": (),
    "models": (),
    "refusals": ("against",),
    "reading": ("against", "full"),
    "check": ("against",),
    "measurement": ("against",),
    "simulation": ("against", "full"),
    "screening": ("against", "full"),
    "video": ("against", "video"),
    "report": (),
    "engine": ("full",),
    "district": ("full",),
}


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all without a name")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="another checkout, measured in the same run")
    parser.add_argument("--original", type=Path, metavar="DIR", help="a checkout of OpenGait 0efafd4, outside of here")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="for the numbers and the picture of kernels")
    parser.add_argument("--full", action="store_true", help="the sizes of the tables in docs/studies/speed.md")
    parser.add_argument("--video", type=Path, metavar="FILE", help="for the benchmark video; else a figure is drawn")
    asked = vars(parser.parse_args(arguments))
    unknown = sorted(set(asked["names"]) - set(BENCHMARKS))
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; expected {', '.join(BENCHMARKS)}")
    for name in asked["names"] or BENCHMARKS:
        run = importlib.import_module(f"benchmarks.{name}").run
        run(**{option: asked[option] for option in BENCHMARKS[name]})


if __name__ == "__main__":
    main(sys.argv[1:])
