"""Scientific studies that back a page of the documentation, each one command: ``python -m studies.NAME --out FOLDER``."""
