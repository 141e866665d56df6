"""Studies behind a page of the documentation, one command each: ``python -m studies.NAME --out FOLDER``."""
