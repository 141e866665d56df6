"""``python -m scoliogait`` is the command line."""

from scoliogait.cli import main

main()
