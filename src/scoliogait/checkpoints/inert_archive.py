"""An archive of ``torch.save`` that also holds what would need code: its tensors are read, that is not."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from scoliogait.checkpoints.inert_pickle import Storage, read_inert

_PICKLE, _BYTE_ORDER = "/data.pkl", "byteorder"
_TENSOR, _PARAMETER = "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter"
_STORAGES = {
    "torch.FloatStorage": torch.float32,
    "torch.DoubleStorage": torch.float64,
    "torch.HalfStorage": torch.float16,
    "torch.BFloat16Storage": torch.bfloat16,
    "torch.LongStorage": torch.int64,
    "torch.IntStorage": torch.int32,
    "torch.ShortStorage": torch.int16,
    "torch.CharStorage": torch.int8,
    "torch.ByteStorage": torch.uint8,
    "torch.BoolStorage": torch.bool,
}


def read_archive(path: Path) -> Any:
    """The content of an archive whose checksums were compared: plain values, tensors on the CPU, ``Unread`` entries.

    Raises ValueError when it is no archive of ``torch.save``, or a tensor does not lie within its numbers.
    """
    with zipfile.ZipFile(path) as archive:
        pickles = [name for name in archive.namelist() if name.endswith(_PICKLE) and name.count("/") == 1]
        if len(pickles) != 1:
            raise ValueError(f"{len(pickles)} parts named data.pkl; expected one")
        tensors = _Tensors(archive, pickles[0].removesuffix(_PICKLE.removeprefix("/")))
        return read_inert(archive.read(pickles[0]), tensors.make)


class _Tensors:
    """Makes the tensors of one archive; those that share their numbers share them here, too."""

    def __init__(self, archive: zipfile.ZipFile, root: str) -> None:
        self._archive = archive
        self._root = root
        self._read: dict[str, Tensor] = {}
        if root + _BYTE_ORDER in archive.namelist() and archive.read(root + _BYTE_ORDER) != b"little":
            raise ValueError("its numbers are big-endian; expected little-endian")

    def make(self, name: str, arguments: tuple[Any, ...]) -> Tensor | None:
        if name == _PARAMETER and isinstance(arguments[0], Tensor):
            return arguments[0]
        if name != _TENSOR or not isinstance(arguments[0], Storage) or arguments[0].kind not in _STORAGES:
            return None
        return _placed(self._numbers(arguments[0]), *arguments[1:4])

    def _numbers(self, storage: Storage) -> Tensor:
        """All numbers of a storage, one after the other."""
        if storage.key not in self._read:
            content = bytearray(self._archive.read(f"{self._root}data/{storage.key}"))
            kind = _STORAGES[storage.kind]
            if len(content) != storage.n_numbers * kind.itemsize:
                raise ValueError(f"part data/{storage.key} has {len(content)} bytes for {storage.n_numbers} numbers")
            self._read[storage.key] = torch.frombuffer(content, dtype=kind) if content else torch.empty(0, dtype=kind)
        return self._read[storage.key]


def _placed(numbers: Tensor, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> Tensor:
    whole = all(type(n) is int and n >= 0 for n in (offset, *size, *stride)) and len(size) == len(stride)
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True)) if whole and 0 not in size else 0
    if not whole or last >= max(len(numbers), 1):
        raise ValueError(f"a tensor of shape {size} does not lie within its {len(numbers)} numbers")
    return numbers.as_strided(size, stride, offset if 0 not in size else 0)
