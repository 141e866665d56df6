#!/usr/bin/env bash
# typst with matplotlib's fonts: a letter that no font has passes PDF/UA as a box, and two names give the same page.
#
# Versions     typst 0.15.2, matplotlib 3.11.2.
# Naive guess  matplotlib's folder of fonts is a good place to take DejaVu Sans from, and PDF/UA-1 refuses a letter that
#              none of them has, as typst says and does with DejaVu Sans alone.
# Behaviour    The folder also holds "Last Resort High-Efficiency", whose boxes stand for every character of Unicode.
#              typst falls back to it by itself, so nothing is missing: a valid PDF/UA-1 of boxes, without a warning.
#              Way out: give the font files that are meant, or `#set text(fallback: false)`.
# Seen         2026-11-29, a Chinese name: refused with DejaVu Sans alone ("could not be displayed"); accepted with the
#              folder, and the pictures of two names of three characters are equal.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet typst==0.15.2 matplotlib==3.11.2
venv/bin/python -I - <<'PY'
import shutil
from pathlib import Path

import matplotlib
import typst

everything = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
alone = Path("dejavu")
alone.mkdir()
shutil.copy(everything / "DejaVuSans.ttf", alone)
NAMES = "王小明", "李大华"


def page(folder, name, format):
    text = f'#set document(title: "t")\n#set text(font: "DejaVu Sans")\n#set page(width: 80pt, height: 40pt)\n{name}'
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])
    standards = ["ua-1"] if format == "pdf" else []
    return typst.compile(text.encode(), format=format, font_paths=fonts, pdf_standards=standards)


def outcome(folder):
    try:
        page(folder, NAMES[0], "pdf")
    except RuntimeError as error:
        return str(error).splitlines()[0]
    return "accepted"


few, many = outcome(alone), outcome(everything)
same = page(everything, NAMES[0], "png") == page(everything, NAMES[1], "png")
print(f"DejaVu Sans alone: {few}\nmatplotlib's folder: {many}; two names look {'the same' if same else 'different'}")
assert "could not be displayed" in few and many == "accepted" and same, "behaviour changed"
PY
