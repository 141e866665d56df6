"""Small bad files of every kind that we read. All are harmless: none is large, and none makes a foreign library fail.

Each is a name, what writes it into a folder, and gives back the path to read.
"""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from walker import draw_walker

Write = Callable[[Path], Path]
POSES = draw_walker(12)
DEEP = "[" * 5000 + "]" * 5000
DIGITS = "9" * 400
SURROGATE = r"\ud800"
ESCAPE = "\x1b]0;owned\x07"


def npz(**fields: Any) -> Write:
    def write(folder: Path) -> Path:
        np.savez(folder / "walk.npz", **fields)
        return folder / "walk.npz"

    return write


def npz_member(header: str | bytes, content: bytes = b"", name: str = "poses.npy", version: int = 1) -> Write:
    """An archive whose one array has this header, byte for byte."""
    text = header.encode("latin1") if isinstance(header, str) else header
    length = len(text).to_bytes(2 * version, "little")
    return archive({name: b"\x93NUMPY" + bytes([version, 0]) + length + text + content})


def archive(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Write:
    def write(folder: Path) -> Path:
        with zipfile.ZipFile(folder / "walk.npz", "w", method) as packed:
            for name, content in members.items():
                packed.writestr(name, content)
        return folder / "walk.npz"

    return write


def file(name: str, content: bytes | str) -> Write:
    def write(folder: Path) -> Path:
        data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
        (folder / name).write_bytes(data)
        return folder / name

    return write


def in_folder(name: str, content: bytes | str) -> Write:
    """The same; what is read is the folder around the file."""
    return lambda folder: file(name, content)(folder).parent


def npy_bytes(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def png_bytes() -> bytes:
    return cv2.imencode(".png", np.full((16, 16), 255, np.uint8))[1].tobytes()


def walk_files() -> Iterator[tuple[str, Write]]:
    """What ``read_walk`` must refuse."""
    yield from _npz_files()
    yield from ((f"openpose-{name}", in_folder("a_000000000000_keypoints.json", text)) for name, text in _json_texts())
    yield from ((f"png-{name}", in_folder("000.png", content)) for name, content in _pngs())
    yield from ((f"pickle-{name}", file("walk.pkl", content)) for name, content in _pickles())


def _npz_files() -> Iterator[tuple[str, Write]]:
    good = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 17, 3), }"
    headers = {
        "byte-keys": good.replace("'descr'", "b'descr'"),
        "cut": good[:30],
        "no-dict": "3",
        "empty": "",
        "text-shape": good.replace("(1, 17, 3)", "'many'"),
        "negative-shape": good.replace("(1,", "(-1,"),
        "true-shape": good.replace("(1,", "(True,"),
        "huge-shape": good.replace("(1,", f"({DIGITS},"),
        "huge-axis": good.replace("(1,", f"({1 << 62},"),
        "empty-huge": good.replace("(1, 17", f"({1 << 62}, 0"),
        "deep": good.replace("(1, 17, 3)", "(" * 900 + ")" * 900),
        "structured": good.replace("'<f4'", "[('x', '<f4')]"),
        "subarray": good.replace("'<f4'", "('<f4', (2,))"),
        "object": good.replace("<f4", "|O"),
        "void": good.replace("<f4", "|V4"),
        "date": good.replace("<f4", "<M8[s]"),
        "unknown-type": good.replace("<f4", "<q9"),
        "number-type": good.replace("'<f4'", "4"),
        "null": good.replace("(1,", "(\x00,"),
        "code": good.replace("(1, 17, 3)", "print(1)"),
        "no-bytes": good,
        "long": good + " " * 20_000,
    }
    for name, header in headers.items():
        yield f"npz-header-{name}", npz_member(header)
    yield "npz-header-length-beyond-the-end", archive({"poses.npy": b"\x93NUMPY\x02\x00\xff\xff\xff\x7f"})
    yield "npz-header-version-9", npz_member(good, version=9)
    yield "npz-no-magic", archive({"poses.npy": b"nothing of the kind"})
    yield "npz-empty-member", archive({"poses.npy": b""})
    yield "npz-lzma", archive({"poses.npy": npy_bytes(POSES)}, zipfile.ZIP_LZMA)
    yield "npz-bzip2", archive({"poses.npy": npy_bytes(POSES)}, zipfile.ZIP_BZIP2)
    yield "npz-many-members", archive({f"{n}.npy": b"" for n in range(1500)})
    yield "npz-nothing", file("walk.npz", b"")
    yield "npz-end-record-alone", file("walk.npz", b"PK\x05\x06" + b"\xff" * 18)
    yield "npz-plain-text", file("walk.npz", "poses = 1")
    fields: dict[str, dict[str, Any]] = {
        "text": {"poses": np.full((2, 17, 3), "1.0")},
        "bytes": {"poses": np.full((2, 17, 3), b"1")},
        "complex": {"poses": np.ones((2, 17, 3), complex)},
        "huge-numbers": {"poses": POSES.astype(np.float64) * 1e300},
        "text-pav": {"poses": POSES, "asymmetry": np.full((8, 3), "x"), "format": "scoliogait-walk-1"},
        "huge-pav": {"poses": POSES, "asymmetry": np.full((8, 3), 1e300), "format": "scoliogait-walk-1"},
        "float-silhouettes": {"silhouettes": np.ones((2, 16, 16))},
        "flat": {"silhouettes": np.ones((2, 0, 16), np.uint8)},
        "slow": {"poses": POSES, "fps": 0.1},
        "stopped": {"poses": POSES, "fps": 0.0},
        "fast": {"poses": POSES, "fps": 1e30},
        "size": {"poses": POSES, "frame_size": np.array([1e300, 2.0])},
        "size-negative": {"poses": POSES, "frame_size": np.array([-5, 2])},
        "escape-id": {"poses": POSES, "walk_id": ESCAPE, "format": "scoliogait-walk-1"},
        "surrogate-id": {"poses": POSES, "walk_id": "a\ud800", "format": "scoliogait-walk-1"},
        "escape-subject": {"poses": POSES, "subject": ESCAPE},
        "newline-view": {"poses": POSES, "view": "front\nside"},
        "direction-subject": {"poses": POSES, "subject": "a\u202eb"},
        "origin-deep": {"poses": POSES, "origin": DEEP, "format": "scoliogait-walk-1"},
        "origin-number": {"poses": POSES, "origin": '{"a": 1}', "format": "scoliogait-walk-1"},
        "origin-surrogate": {"poses": POSES, "origin": f'{{"a": "{SURROGATE}"}}', "format": "scoliogait-walk-1"},
        "people-digits": {"poses": POSES, "people": f'{{"n_people": {DIGITS}}}', "format": "scoliogait-walk-1"},
        "long-text": {"poses": POSES, "view": "x" * 200_000},
    }
    for name, values in fields.items():
        yield f"npz-{name}", npz(**values)
    one = np.array("x")
    yield "npz-no-code-point", archive({"poses.npy": npy_bytes(POSES), "view.npy": npy_bytes(one)[:-4] + b"\xff" * 4})


def _json_texts() -> Iterator[tuple[str, str | bytes]]:
    people = '{"people": [{"pose_keypoints_2d": %s}]}'
    yield "nothing", ""
    yield "deep", DEEP
    yield "deep-person", people % DEEP
    yield "digits", people % ("[" + ",".join([DIGITS] * 75) + "]")
    yield "thousands-of-digits", people % ("[" + ",".join(["9" * 5000] * 75) + "]")
    yield "large-numbers", people % ("[" + ",".join(["1e308"] * 75) + "]")
    yield "nan", people % ("[" + ",".join(["NaN"] * 75) + "]")
    yield "text", people % json.dumps(["1"] * 75)
    yield "words", people % json.dumps(["left"] * 75)
    yield "surrogates", people % json.dumps(["\ud800"] * 75)
    yield "lists", people % json.dumps([[1]] * 75)
    yield "null", people % json.dumps([None] * 75)
    yield "objects", people % json.dumps([{}] * 75)
    yield "person-is-number", '{"people": [1]}'
    yield "people-is-number", '{"people": 1}'
    yield "people-is-text", '{"people": "ab"}'
    yield "top-is-list", "[]"
    yield "half-a-code-point", f'"{SURROGATE}"'
    yield "not-utf8", b'{"people": "\xff"}'
    yield "cut", '{"people": [{"pose_key'
    yield "null-bytes", b"\x00" * 64


def _pngs() -> Iterator[tuple[str, bytes]]:
    good = png_bytes()
    yield "nothing", b""
    yield "signature", good[:8]
    yield "header", good[:33]
    yield "cut", good[: len(good) // 2 + 8]
    yield "text", b"no picture"
    yield "jpeg-by-another-name", cv2.imencode(".jpg", np.full((16, 16), 255, np.uint8))[1].tobytes()
    yield "chunk-beyond-the-end", good[:33] + b"\x00\x01" + good[35:]
    yield "no-last-chunk", good[:-12]
    yield "width-0", good[:16] + bytes(4) + good[20:]
    yield "width-2-to-the-31", good[:16] + b"\x7f\xff\xff\xff" + good[20:]


def _pickles() -> Iterator[tuple[str, bytes]]:
    good = pickle.dumps(POSES, protocol=3)
    tower = b"\x80\x02)q\x00" + b"".join(b"h%ch%c\x86q%c" % (n, n, n + 1) for n in range(40))
    yield "nothing", b""
    yield "cut", good[:100]
    yield "function", b"cbuiltins\nprint\n."
    yield "function-with-escape", b"c" + ESCAPE.encode() + b"\nprint\n."
    yield "tower-of-tuples-as-key", b"\x80\x02}" + tower[2:] + b"Ns."
    yield "tower-of-tuples-as-type", b"\x80\x02cnumpy\ndtype\n" + tower[2:] + b"\x85R."
    yield "doubling", b"]" + b"2\x86" * 40 + b"."
    yield "many-parts", b"(" + b"N" * 20_000 + b"l."
    yield "digits", b"}X\x01\x00\x00\x00aI" + DIGITS.encode() + b"\ns."
    yield "half-a-code-point", pickle.dumps({"a": "\ud800"})
    yield "number", pickle.dumps(3)
    yield "list", pickle.dumps([POSES])
    yield "text-array", pickle.dumps(np.full((2, 17, 3), "x"))
    yield "objects", pickle.dumps(np.array([None]))
    yield "stack-underflow", b"0000."
    yield "memo-slot", b"Nr\xff\xff\xff\x7f."


def recipe_texts() -> Iterator[tuple[str, str | bytes]]:
    """What ``load_recipe`` must refuse."""
    bomb = "a0: &a0 [1, 1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    yield "nothing", ""
    yield "aliases-that-multiply", bomb
    yield "alias-in-itself", "a: &a [*a]"
    yield "key-twice", "seed: 1\nseed: 2\n"
    yield "key-twice-inside", "model: {channels: 1, channels: 2}\n"
    yield "impossible-date", "name: 2026-13-45\n"
    yield "empty-number", "seed: !!int ''\n"
    yield "empty-float", "seed: !!float ''\n"
    yield "wrong-date-tag", "seed: !!timestamp never\n"
    yield "digits", f"seed: {DIGITS}\n"
    yield "thousands-of-hexadecimal-digits", f"seed: 0x{'f' * 9000}\n"
    yield "deep", "a: " + "[" * 3000
    yield "deep-and-closed", "a: " + "[" * 80 + "]" * 80
    yield "half-a-code-point", f'name: "{SURROGATE}"\n'
    yield "list-as-key", "? [1, 2]\n: 3\n"
    yield "code", "!!python/object/apply:os.system ['true']"
    yield "not-utf8", b"name: \xff"
    yield "null-byte", b"name: \x00"
    yield "number-as-key", "1: 2\n"
    yield "escape", f"name: '{ESCAPE}'\n"
    yield "wrong-section", "optimizer: 3\n"
