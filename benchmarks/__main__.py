"""Runs the benchmarks named on the command line, or all of them. Each module has ``run()``, which prints its table."""

import importlib
import sys

BENCHMARKS = ("store", "maps", "models", "refusals")


def main(names: list[str]) -> None:
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; expected {', '.join(BENCHMARKS)}")
    for name in names or BENCHMARKS:
        importlib.import_module(f"benchmarks.{name}").run()


if __name__ == "__main__":
    main(sys.argv[1:])
