"""What ``torch.save`` wrote: read without executing anything in it, and only whole, plain tensors."""

from __future__ import annotations

import pickle
import re
import stat
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from scoliogait.checkpoints.inert_archive import read_archive
from scoliogait.checkpoints.inert_pickle import Unread
from scoliogait.errors import ModelError
from scoliogait.wording import first_few

# pyproject asks for it, too; a file from elsewhere is not read with an older one.
SAFE_TORCH = (2, 10)
# What stands before names: training on several GPUs (as often as it was wrapped), torch.compile, Lightning.
_PREFIXES = ("module.", "_orig_mod.", "model.")
_AVERAGED = "n_averaged"  # torch's AveragedModel counts the weights that it averaged
_COMPILED = "._orig_mod."  # and within names, where a part of the model was compiled
_GLOBAL = re.compile(r"GLOBAL ([\w.]+)")
_ARCHIVE, _PICKLE = b"PK", b"\x80"
_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_WHOLES = (torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
_RUNS_CODE = "loading it would run code from the file ({}), so it is refused; save its state dict alone and try again"
_OF_TENSORS = ("torch._utils.", "torch._tensor.")
_EXPECTED = "expected parameter names with tensors, or a dict with 'model'"


def read_torch_file(path: Path) -> Any:
    """The content of a file of ``torch.save``, on the CPU. Nothing in it is executed.

    Entries that would need code, such as numpy numbers or settings beside the weights, come as ``Unread``. Raises
    ModelError in one line when it is no such file, is cut off, damaged (the checksums of its archive are compared) or
    compressed, or would need code to load as a whole.
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
        if start == _ARCHIVE:
            return _read_around_code(path)
        named = _GLOBAL.search(str(error))
        if named or start.startswith(_PICKLE):
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

    OpenGait writes it under "model". Another name is taken when no other state dict stands beside it. Facts between the
    tensors are left out; see ``beside_weights``. Raises ModelError when there is none or several, and for tensors that
    are no plain numbers or claim more memory than the file holds for them.
    """
    if not isinstance(content, Mapping):
        raise ModelError(f"{path}: holds no state dict but a {type(content).__name__}; {_EXPECTED}")
    where = None if _are_tensors(content) else _place_of_weights(content, path)
    state = content if where is None else content[where]
    tensors = {name: value for name, value in state.items() if isinstance(value, Tensor) and not _is_counter(name)}
    for name, value in state.items():
        if isinstance(value, Tensor):
            _check_plain(name, value, path)
        elif isinstance(value, Unread) and value.name.startswith(_OF_TENSORS):
            raise ModelError(f"{path}: {name} is a tensor of another kind; expected plain numbers, save it as float32")
    return None if where is None else str(where), tensors


def _place_of_weights(content: Mapping[Any, Any], path: str | Path) -> Any:
    """The key of the state dict in a file; None: the file itself, with facts between its tensors."""
    for wanted in (all, any):
        held = [key for key, value in content.items() if _are_tensors(value, wanted)]
        if "model" in held or len(held) == 1:
            return "model" if "model" in held else held[0]
        if held:
            keys = first_few([_named(key, None) for key in held], 12)
            raise ModelError(f"{path}: holds several state dicts (in it: {keys}); {_EXPECTED}")
    if _are_tensors(content, any):
        return None
    for key, value in content.items():
        for unread in _unread_in(value):  # the weights may have been in there
            raise ModelError(f"{path}: {_RUNS_CODE.format(f'{_shown(unread.name)}, in its entry {_shown(key)}')}")
    entries = [_named(key, value) for key, value in content.items()]
    raise ModelError(f"{path}: holds no state dict (in it: {first_few(entries, 12)}); {_EXPECTED}")


def beside_weights(content: Mapping[Any, Any], where: str | None) -> tuple[str, ...]:
    """The entries of a file beside the tensors of its state dict; those that were not read with the reason.

    where: as ``state_dict_in`` found the state dict.
    """
    state = content if where is None else next(value for key, value in content.items() if str(key) == where)
    facts = {name: value for name, value in state.items() if not isinstance(value, Tensor) or _is_counter(name)}
    within = {(name if where is None else f"{where}.{name}"): value for name, value in facts.items()}
    around = {} if where is None else {key: value for key, value in content.items() if str(key) != where}
    return tuple(_named(key, value) for key, value in (around | within).items())


def without_prefixes(state: Mapping[str, Tensor], path: str | Path) -> dict[str, Tensor]:
    """The tensors without what wrappers around a model put before names: ``module.``, ``_orig_mod.`` and ``model.``.

    They may stand in any order and number. Raises ModelError when a name occurs with and without them: which of the
    two counts cannot be known.
    """
    plain: dict[str, Tensor] = {}
    stored: dict[str, str] = {}
    for name, value in state.items():
        short = name[len(prefix_of(name)) :].replace(_COMPILED, ".")
        if short in plain:
            raise ModelError(f"{path}: has {short} twice, as {stored[short]} and {name}; remove one of them")
        plain[short], stored[short] = value, name
    return plain


def prefix_of(name: str) -> str:
    """What wrappers put before a name, such as ``"module._orig_mod."``; mostly nothing."""
    short = name
    while short.startswith(_PREFIXES):
        short = short.partition(".")[2]
    return name.removesuffix(short)


def _read_around_code(path: Path) -> Any:
    """The content of an archive that torch refuses to load, as far as it needs no code."""
    try:
        content = read_archive(path)
    except ValueError as error:
        raise ModelError(f"{path}: is no file of torch.save that can be read safely: {error}") from error
    if isinstance(content, Unread):
        raise ModelError(f"{path}: {_RUNS_CODE.format(_shown(content.name))}")
    return content


def _named(key: Any, value: Any) -> str:
    """An entry in words, with what would have run had it been read."""
    unread = next(_unread_in(value), None)
    return _shown(key) if unread is None else f"{_shown(key)} (not read, it would run {_shown(unread.name)})"


def _shown(name: object) -> str:
    """A name from a file as one line that steers no terminal."""
    return str(name) if str(name).isprintable() else ascii(str(name))


def _unread_in(value: Any) -> Iterator[Unread]:
    """What was not read in a value, however deep."""
    waiting, seen = [value], set[int]()
    while waiting:
        one = waiting.pop()
        if isinstance(one, Unread):
            yield one
        elif isinstance(one, (Mapping, list, tuple)) and id(one) not in seen:
            seen.add(id(one))
            waiting.extend(one.values() if isinstance(one, Mapping) else one)


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


def _are_tensors(value: Any, wanted: Callable[[Iterable[bool]], bool] = all) -> bool:
    """Whether the value maps names to tensors: all of its entries, or any, with plain facts between them."""
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(isinstance(name, str) for name in value)
        and wanted(isinstance(entry, Tensor) for entry in value.values())
    )


def _is_counter(name: str) -> bool:
    return name[len(prefix_of(name)) :] == _AVERAGED


def _check_plain(name: str, value: Tensor, path: str | Path) -> None:
    if value.layout != torch.strided or value.is_meta or value.dtype not in (*_FLOATS, *_WHOLES):
        kind = "without numbers" if value.is_meta else f"of {value.dtype}, {value.layout}".replace("torch.", "")
        raise ModelError(f"{path}: {name} is a tensor {kind}; expected plain numbers, save its weights as float32")
    if value.numel() * value.element_size() > value.untyped_storage().nbytes():
        raise ModelError(
            f"{path}: {name} claims the shape {tuple(value.shape)}, but the file holds "
            f"{value.untyped_storage().nbytes()} bytes for it; save its state dict again"
        )
