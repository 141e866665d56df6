"""What ``torch.save`` wrote: read without executing anything in it, and only whole, plain tensors."""

from __future__ import annotations

import pickle
import re
import stat
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from scoliogait.errors import ModelError

# pyproject asks for it, too; a file from elsewhere is not read with an older one.
SAFE_TORCH = (2, 10)
_PREFIX = "module."
_GLOBAL = re.compile(r"GLOBAL ([\w.]+)")
_ARCHIVE, _PICKLE = b"PK", b"\x80"
_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_WHOLES = (torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
_RUNS_CODE = "loading it would run code from the file ({}), so it is refused; save its state dict alone and try again"
_EXPECTED = "expected parameter names with tensors, or a dict with 'model'"


def read_torch_file(path: Path) -> Any:
    """The content of a file of ``torch.save``, on the CPU. Nothing in it is executed.

    Raises ModelError in one line when it is no such file, is cut off, damaged (the checksums of its archive are
    compared) or compressed, or would need code to load.
    """
    refuse_old_torch(str(torch.__version__), path)
    _refuse_special(path)
    start = b""
    try:
        with path.open("rb") as stream:
            start = stream.read(2)
        if start == _ARCHIVE:
            _check_archive(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch's reader, about files that end in an error of ours
            return torch.load(path, map_location="cpu", weights_only=True)
    except ModelError:
        raise
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror or error}); check the path") from error
    except pickle.UnpicklingError as error:
        named = _GLOBAL.search(str(error))
        if named or start.startswith((_ARCHIVE, _PICKLE)):
            what = named[1] if named else "a pickle of another kind than torch.save writes"
            raise ModelError(f"{path}: {_RUNS_CODE.format(what)}") from error
        raise ModelError(f"{path}: is not a PyTorch checkpoint, or is damaged") from error
    except Exception as error:  # torch's reader meets a damaged file with almost any exception there is
        raise ModelError(
            f"{path}: cannot be read as a PyTorch checkpoint; it may be cut off, fetch it again"
        ) from error


def refuse_old_torch(version: str, path: Path) -> None:
    """Raises ModelError for a torch whose reader a made-up file can turn against the machine (CVE-2026-24747)."""
    found = re.match(r"(\d+)\.(\d+)", version)
    if found is None or (int(found[1]), int(found[2])) < SAFE_TORCH:
        safe = ".".join(map(str, SAFE_TORCH))
        raise ModelError(
            f"{path}: not read with torch {version}, whose reader can be made to corrupt memory (CVE-2026-24747); "
            f"install torch {safe} or newer"
        )


def state_dict_in(content: Any, path: str | Path) -> tuple[str | None, dict[str, Tensor]]:
    """(where it lies in the file, tensors under their stored names); None: the file is nothing but a state dict.

    OpenGait writes it under "model". Another name is taken when no other state dict stands beside it.
    Raises ModelError when there is none or several, and for tensors that are no plain numbers or claim more memory
    than the file holds for them.
    """
    if not isinstance(content, Mapping):
        raise ModelError(f"{path}: holds no state dict but a {type(content).__name__}; {_EXPECTED}")
    held = [key for key, value in content.items() if _is_state_dict(value)]
    if _is_state_dict(content):
        where, state = None, content
    elif "model" in held or len(held) == 1:
        where = "model" if "model" in held else held[0]
        state = content[where]
    else:
        keys = ", ".join(str(key) for key in list(held or content)[:12]) or "nothing"
        raise ModelError(
            f"{path}: holds {'several state dicts' if held else 'no state dict'} (in it: {keys}); {_EXPECTED}"
        )
    for name, value in state.items():
        _check_plain(name, value, path)
    return None if where is None else str(where), dict(state)


def without_module_prefix(state: Mapping[str, Tensor], path: str | Path) -> dict[str, Tensor]:
    """The tensors without the ``module.`` that training on several GPUs puts before names.

    Raises ModelError when a name occurs with and without it: which of the two counts is not known.
    """
    plain: dict[str, Tensor] = {}
    for name, value in state.items():
        short = name.removeprefix(_PREFIX)
        if short in plain:
            raise ModelError(f"{path}: has {short} twice, with and without {_PREFIX}; remove one of them")
        plain[short] = value
    return plain


def _refuse_special(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror or error}); check the path") from error
    if not stat.S_ISREG(mode):  # a pipe would be waited for without end
        what = "a folder" if stat.S_ISDIR(mode) else "no ordinary file"
        raise ModelError(f"{path}: is {what}; expected an OpenGait checkpoint file (.pt)")


def _check_archive(path: Path) -> None:
    """torch reads the entries of an archive without comparing their checksums."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if any(entry.filename.endswith("/constants.pkl") for entry in entries):
            raise ModelError(f"{path}: {_RUNS_CODE.format('a TorchScript program')}")
        stored = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries)
        if not stored or sum(entry.file_size for entry in entries) > path.stat().st_size:
            raise ModelError(
                f"{path}: is a compressed archive, which torch.save does not write; take the file as it was saved"
            )
        damaged = archive.testzip()
    if damaged is not None:
        raise ModelError(f"{path}: is damaged (the checksum of its part {damaged} differs); fetch it again")


def _is_state_dict(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(isinstance(name, str) and isinstance(tensor, Tensor) for name, tensor in value.items())
    )


def _check_plain(name: str, value: Tensor, path: str | Path) -> None:
    if value.layout != torch.strided or value.is_meta or value.dtype not in (*_FLOATS, *_WHOLES):
        kind = "without numbers" if value.is_meta else f"of {value.dtype}, {value.layout}".replace("torch.", "")
        raise ModelError(f"{path}: {name} is a tensor {kind}; expected plain numbers, save its weights as float32")
    if value.numel() * value.element_size() > value.untyped_storage().nbytes():
        raise ModelError(
            f"{path}: {name} claims the shape {tuple(value.shape)}, but the file holds "
            f"{value.untyped_storage().nbytes()} bytes for it; save its state dict again"
        )
