import io
import os
import pickle
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoliogait import long_frames
from scoliogait.errors import DataError
from scoliogait.io import restricted_pickle
from scoliogait.io.opengait_pickle import (
    load_array_pickle,
    read_opengait_folder,
    read_opengait_pickle,
)
from scoliogait.io.pickle_instructions import instructions_of
from scoliogait.io.restricted_pickle import load_arrays
from scoliogait.labels import ScreeningClass
from trees import noisy_poses, silhouettes, write_array_pickle
from walker import draw_walker

ARRAYS = {
    "float32": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "big-endian": np.arange(24, dtype=">f8").reshape(2, 3, 4),
    "fortran": np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)),
    "permuted": np.arange(24, dtype=np.int16).reshape(2, 3, 4).transpose(2, 0, 1),
    "strided": np.arange(24, dtype=np.uint8).reshape(4, 6)[::2, ::3],
    "bool": np.arange(24).reshape(2, 3, 4) % 3 == 0,
    "float16": np.arange(6, dtype=np.float16),
    "scalar": np.array(3.5),
    "empty": np.zeros((0, 17, 3), np.float32),
}


def as_numpy_1(content: bytes) -> bytes:
    """The same pickle as numpy 1 writes it: its module was called ``numpy.core``."""
    for old in (b"numpy._core.multiarray", b"numpy._core.numeric"):
        new = old.replace(b"_core", b"core")
        content = content.replace(b"c" + old, b"c" + new)
        if (b"\x8c" + bytes([len(old)]) + old) in content:
            content = content.replace(b"\x8c" + bytes([len(old)]) + old, b"\x8c" + bytes([len(new)]) + new)
            if content[2:3] == b"\x95":  # the frame is now one byte shorter
                content = content[:3] + struct.pack("<Q", struct.unpack("<Q", content[3:11])[0] - 1) + content[11:]
    return content


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("numpy_1", [False, True])
@pytest.mark.filterwarnings("ignore:numpy.core.numeric is deprecated")
def test_reads_what_numpy_pickles(tmp_path: Path, name: str, protocol: int, numpy_1: bool) -> None:
    array = ARRAYS[name]
    content = pickle.dumps(array, protocol=protocol)
    if numpy_1:
        content = as_numpy_1(content)
        assert b"_core" not in content
        np.testing.assert_array_equal(pickle.loads(content), array)
    (tmp_path / "a.pkl").write_bytes(content)
    read = load_array_pickle(tmp_path / "a.pkl")
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array)


def test_reads_a_python_2_pickle(tmp_path: Path) -> None:
    # numpy 1 under Python 2, protocol 2: array bytes are an 8-bit string
    values = np.array([1.5, -2.25, 1e300])
    content = (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85U\x01b\x87Rq\x03"
        b"(K\x01K\x03\x85cnumpy\ndtype\nq\x04U\x02f8K\x00K\x01\x87Rq\x05(K\x03U\x01<NNNJ\xff\xff\xff\xff"
        b"J\xff\xff\xff\xffK\x00tb\x89U\x18" + values.tobytes() + b"tb."
    )
    (tmp_path / "a.pkl").write_bytes(content)
    np.testing.assert_array_equal(load_array_pickle(tmp_path / "a.pkl"), values)


class _Calls:
    def __init__(self, function: Any, *arguments: Any) -> None:
        self.reduced = function, arguments

    def __reduce__(self) -> Any:
        return self.reduced


def object_array(value: Any) -> np.ndarray:
    array = np.empty(1, dtype=object)
    array[0] = value
    return array


def attacks(marker: Path) -> dict[str, bytes]:
    command = f"{os.sys.executable} -c \"open({str(marker)!r}, 'w')\""  # type: ignore[attr-defined]
    call = _Calls(os.system, command)
    array = ARRAYS["float32"]
    system = b"cposix\nsystem\n" if os.name == "posix" else b"cnt\nsystem\n"
    return {
        "reduce": pickle.dumps(call),
        "protocol 0": pickle.dumps(call, protocol=0),
        "eval": pickle.dumps(_Calls(eval, f"open({str(marker)!r}, 'w')")),
        "beside an array": pickle.dumps((array, call)),
        "in a dict": pickle.dumps({"pav_min": array, "more": call}),
        "inside an object array": pickle.dumps(object_array(call)),
        "inst opcode": b"(V" + command.encode() + b"\ni" + system[1:-1] + b"\n.",
        "before an array": system + b"(V" + command.encode() + b"\ntR0" + pickle.dumps(array, protocol=0),
    }


@pytest.mark.parametrize("name", attacks(Path("x")))
def test_code_in_a_pickle_is_never_run(tmp_path: Path, name: str) -> None:
    marker = tmp_path / "executed"
    content = attacks(marker)[name]
    pickle.loads(content)
    assert marker.exists(), "the attack itself must work, else this test proves nothing"
    marker.unlink()
    path = tmp_path / "a.pkl"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.pkl: .*nothing was executed") as caught:
        load_array_pickle(path)
    assert "\n" not in str(caught.value)
    assert not marker.exists()


class _SubArray(np.ndarray):
    pass


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (object_array(1), "dtype 'O"),
        (np.array(["text"]), "dtype 'U4'"),
        (np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]), "dtype 'V"),
        (np.zeros(2, "c8"), "dtype 'c8'"),
        (np.zeros(2, "M8[s]"), "dtype 'M8'"),
        (np.ma.masked_array([1.0], [True]), "numpy.ma"),
        (np.zeros(3).view(_SubArray), "_SubArray"),
        (np.float32(3), "scalar"),
        ([np.zeros(3)], "list"),
        ({"a": {"b": np.zeros(3)}}, "dict"),
        (Path("x"), "Path"),
    ],
)
def test_anything_but_plain_arrays_is_refused(tmp_path: Path, value: Any, words: str) -> None:
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps(value, protocol=4))
    with pytest.raises(DataError, match=r"a\.pkl: holds .*only plain numpy arrays") as caught:
        load_array_pickle(path)
    assert words in str(caught.value)


def test_a_dict_of_arrays_is_no_walk_but_can_be_loaded(tmp_path: Path) -> None:
    path = tmp_path / "pav_stats.pkl"
    path.write_bytes(pickle.dumps({"pav_min": np.arange(3.0), "stats_partition": None, "n": 3}))
    content = load_arrays(path)
    assert content["stats_partition"] is None
    assert content["n"] == 3
    np.testing.assert_array_equal(content["pav_min"], np.arange(3.0))
    with pytest.raises(DataError, match="expected one numpy array"):
        load_array_pickle(path)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_truncation_is_an_error(tmp_path: Path, protocol: int) -> None:
    content = pickle.dumps(ARRAYS["float32"], protocol=protocol)
    path = tmp_path / "cut.pkl"
    for length in (*range(0, len(content), 4), len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(DataError, match=r"cut\.pkl: ") as caught:
            load_array_pickle(path)
        assert "\n" not in str(caught.value).strip()


def test_random_damage_gives_an_array_or_a_data_error(tmp_path: Path) -> None:
    content = pickle.dumps(ARRAYS["float32"], protocol=4)
    path = tmp_path / "damaged.pkl"
    rng = np.random.default_rng(5)
    refused = 0
    for _ in range(400):
        damaged = bytearray(content)
        damaged[rng.integers(len(content))] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            assert isinstance(load_array_pickle(path), np.ndarray)
        except DataError:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize(
    "content",
    [
        b"cnumpy\ndtype\n}Vdtype\nI1\nsb.",  # set attributes of the answer itself
        b"cnumpy\ndtype\n(N}Vdtype\nI1\nstb.",
        b"cnumpy.core.multiarray\n_reconstruct\n}V__init__\nI1\nsb.",
        b"c_codecs\nencode\n}Vx\nI1\nsb.",
        b"cnumpy\nndarray\n.",
        b"cnumpy\nndarray\n)R.",
        b"c_codecs\nencode\n(Vabc\nVrot13\ntR.",
    ],
)
def test_the_answers_cannot_be_changed_or_taken_out(tmp_path: Path, content: bytes) -> None:
    def state() -> dict[str, list[str]]:
        return {str(key): sorted(vars(answer)) for key, answer in restricted_pickle._ADMITTED.items()}

    before = state()
    (tmp_path / "a.pkl").write_bytes(content)
    with pytest.raises(DataError):
        load_arrays(tmp_path / "a.pkl")
    assert state() == before
    write_array_pickle(tmp_path / "b.pkl", ARRAYS["float32"])
    np.testing.assert_array_equal(load_array_pickle(tmp_path / "b.pkl"), ARRAYS["float32"])


def test_a_shape_that_lies_about_the_bytes_is_refused(tmp_path: Path) -> None:
    content = pickle.dumps(np.zeros((5, 7), np.uint8), protocol=4)
    assert content.count(b"K\x05K\x07") == 1
    (tmp_path / "a.pkl").write_bytes(content.replace(b"K\x05K\x07", b"K\xffK\xff"))
    with pytest.raises(DataError, match=r"shape \(255, 255\) with 35 bytes"):
        load_array_pickle(tmp_path / "a.pkl")


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x02Nr\xff\xff\xff\x7f.",  # a memo slot far out
        b"Np2000000000\n.",
        b"\x80\x05\x8e\x00\x00\x00\x00\x08\x00\x00\x00abc.",  # 32 GiB of bytes announced
        b"\x80\x05\x96\x00\x00\x00\x00\x08\x00\x00\x00abc.",
    ],
)
def test_a_small_file_cannot_take_large_memory(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pkl").write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"a\.pkl"):
            load_arrays(tmp_path / "a.pkl")
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


LONG = (np.arange(3 * 700 * 600) % 251).astype(np.uint8).reshape(3, 700, 600)
LONG_ARRAYS = {
    "uint8": LONG,
    "float64": LONG / 7,
    "big-endian": LONG.astype(">i4"),
    "bool": LONG > 99,
    "fortran": np.asfortranarray(LONG),
    "permuted": LONG.transpose(1, 2, 0),
    "one frame": LONG[:1].repeat(4, axis=2),
}


@pytest.mark.parametrize("name", LONG_ARRAYS)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("in_a_file", [True, False])
def test_long_arrays_stay_in_the_file_until_they_are_built(
    tmp_path: Path, name: str, protocol: int, in_a_file: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_frames, "_MOST_IN_MEMORY_BYTES", 1000 if in_a_file else 1 << 30)
    monkeypatch.setattr(long_frames, "_PIECE_BYTES", 1 << 16)
    monkeypatch.setattr(long_frames, "_ACROSS_BYTES", 1 << 20)
    array = LONG_ARRAYS[name]
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(array, protocol=protocol))
    read = load_array_pickle(tmp_path / "a.pkl")
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array)
    if protocol > 2:
        assert not read.flags.writeable
        assert (long_frames._file_of(read) is not None) is in_a_file
        assert not in_a_file or read.strides[0] == max(read.strides)


def test_a_long_array_of_python_2_is_read_as_its_short_ones(tmp_path: Path) -> None:
    content = (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85U\x01b\x87Rq\x03"
        b"(K\x01J"
        + struct.pack("<i", LONG.size)
        + b"\x85cnumpy\ndtype\nq\x04U\x02u1K\x00K\x01\x87Rq\x05(K\x03U\x01|NNNJ"
        b"\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T" + struct.pack("<i", LONG.size) + LONG.tobytes() + b"tb."
    )
    (tmp_path / "a.pkl").write_bytes(content)
    np.testing.assert_array_equal(load_array_pickle(tmp_path / "a.pkl"), LONG.reshape(-1))


@pytest.mark.parametrize("in_frames", [True, False])
def test_several_long_arrays_that_share_their_bytes(tmp_path: Path, in_frames: bool) -> None:
    """As pickle writes them, and in one frame around all, as other writers may put it."""
    first, short = LONG.reshape(-1), np.arange(5.0)
    held = {"first": first, "short": short, "again": first, "other": first[::-1].copy(), "text": "x" * 10}
    content = pickle.dumps(held, protocol=4)
    if in_frames:
        inside = b"".join(
            content[one.start : one.end]
            for one in instructions_of(io.BytesIO(content), len(content))
            if one.name not in ("PROTO", "FRAME")
        )
        content = content[:2] + b"\x95" + struct.pack("<Q", len(inside)) + inside
        assert pickle.loads(content).keys() == held.keys()
    (tmp_path / "a.pkl").write_bytes(content)
    read = load_arrays(tmp_path / "a.pkl")
    assert read["text"] == held["text"]
    for name in ("first", "short", "again", "other"):
        np.testing.assert_array_equal(read[name], held[name])
    assert np.shares_memory(read["first"], read["again"])


def test_code_behind_long_bytes_is_never_run(tmp_path: Path) -> None:
    marker = tmp_path / "executed"
    call = _Calls(eval, f"open({str(marker)!r}, 'w')")
    for value in ({"array": LONG, "more": call}, {"more": LONG, "array": LONG[0], "call": call}, [bytes(LONG), call]):
        path = tmp_path / "a.pkl"
        path.write_bytes(pickle.dumps(value, protocol=4))
        with pytest.raises(DataError, match=r"a\.pkl: .*nothing was executed"):
            load_arrays(path)
        assert not marker.exists()


def test_what_is_refused_is_not_written_to_a_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError("long bytes of a pickle that is refused are not to be read")

    monkeypatch.setattr(restricted_pickle, "kept_from", never)
    content = pickle.dumps(LONG, protocol=4)
    lies = content.replace(
        struct.pack("<BHBH", ord("M"), 700, ord("M"), 600), struct.pack("<BHBH", ord("M"), 701, ord("M"), 600)
    )
    assert lies != content
    for refused in (pickle.dumps(bytes(LONG)), pickle.dumps([LONG]), lies, content[:-40], content[:-1]):
        (tmp_path / "a.pkl").write_bytes(refused)
        with pytest.raises(DataError, match=r"a\.pkl: "):
            load_arrays(tmp_path / "a.pkl")


_LONG_BYTES_HEAD = b"\x80\x05\x8e" + struct.pack("<Q", LONG.size) + LONG.tobytes()


@pytest.mark.parametrize(
    "content",
    [
        _LONG_BYTES_HEAD + b"}Vx\nI1\nsb.",  # a state of long bytes
        _LONG_BYTES_HEAD + b"(NNtb.",
        _LONG_BYTES_HEAD + b"Na.",
        _LONG_BYTES_HEAD + b")R.",
        _LONG_BYTES_HEAD + b")\x81.",
        b"}" + _LONG_BYTES_HEAD[2:] + b"Ns.",
        b"cnumpy\ndtype\n" + _LONG_BYTES_HEAD[2:] + b"\x85R.",
        b"\x80\x05\x97.",
        b"\x80\x05\x97\x98.",
        _LONG_BYTES_HEAD + b"\x97.",
        b"Pname\n.",
        b"\x80\x04\x95" + struct.pack("<Q", 1 << 30) + b"N.",
    ],
)
def test_long_bytes_are_good_for_arrays_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pkl").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.pkl: ") as caught:
        load_arrays(tmp_path / "a.pkl")
    assert "\n" not in str(caught.value)


def test_a_further_frame_of_a_pickle_takes_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_frames, "_MOST_IN_MEMORY_BYTES", 1 << 20)
    frame, peaks = silhouettes(0, size=64)[0], []
    few, many = 2_000, 8_000
    for n_frames in (few, many):
        write_array_pickle(tmp_path / "s.pkl", np.repeat(frame[None], n_frames, axis=0))
        tracemalloc.start()
        read_opengait_pickle(tmp_path / "s.pkl")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (peaks[1] - peaks[0]) / (many - few) < 100  # a frame has 4,096 bytes


def test_missing_and_empty_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.pkl: cannot be read"):
        load_array_pickle(tmp_path / "none.pkl")
    (tmp_path / "empty.pkl").touch()
    with pytest.raises(DataError, match=r"empty\.pkl: is empty"):
        load_array_pickle(tmp_path / "empty.pkl")


@pytest.mark.parametrize("name", ARRAYS)
def test_written_pickles_are_readable_by_pickle_and_name_the_old_module(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.pkl"
    write_array_pickle(path, ARRAYS[name])
    content = path.read_bytes()
    assert b"numpy.core.multiarray" in content
    assert b"numpy._core" not in content
    for read in (pickle.loads(content), load_array_pickle(path)):
        assert read.dtype.newbyteorder("=") == ARRAYS[name].dtype.newbyteorder("=")
        np.testing.assert_array_equal(read, ARRAYS[name].reshape(read.shape))


def test_bytes_that_look_like_the_module_name_are_not_touched(tmp_path: Path) -> None:
    text = np.frombuffer(b"cnumpy._core.multiarray\ncnumpy._core.multiarray\n", dtype=np.uint8)
    write_array_pickle(tmp_path / "a.pkl", text)
    np.testing.assert_array_equal(load_array_pickle(tmp_path / "a.pkl"), text)


def poses(n_frames: int = 4) -> np.ndarray:
    return noisy_poses(0, n_frames)


def test_shape_and_type_decide_what_an_array_is(tmp_path: Path) -> None:
    write_array_pickle(tmp_path / "s.pkl", silhouettes(0, size=64))
    walk = read_opengait_pickle(tmp_path / "s.pkl")
    assert walk.silhouettes_aligned
    assert walk.walk_id == "s"
    assert walk.label is None
    write_array_pickle(tmp_path / "raw.pkl", silhouettes(0, size=100))
    assert not read_opengait_pickle(tmp_path / "raw.pkl").silhouettes_aligned
    write_array_pickle(tmp_path / "p.pkl", poses().astype(np.float64))
    np.testing.assert_array_equal(read_opengait_pickle(tmp_path / "p.pkl").poses, poses())
    write_array_pickle(tmp_path / "m.pkl", np.zeros((3, 2, 64, 64), np.uint8))
    maps = read_opengait_pickle(tmp_path / "m.pkl").skeleton_maps
    assert maps is not None
    assert maps.shape == (3, 2, 64, 64)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (silhouettes(2) // 128, "values 0 and 1"),
        ((silhouettes(2) // 128).astype(np.uint16) * 255, "16 bits"),
        (255 - silhouettes(2) // 128 * np.uint8(255), "white background"),
    ],
)
def test_masks_of_other_programs_are_read_as_0_and_255(tmp_path: Path, values: np.ndarray, words: str) -> None:
    write_array_pickle(tmp_path / "s.pkl", values)
    read = read_opengait_pickle(tmp_path / "s.pkl")
    np.testing.assert_array_equal(read.silhouettes, silhouettes(2) // 128 * np.uint8(255))
    assert words in read.notes[0]


def test_a_folder_joins_its_pickles_and_the_path_names_the_walk(tmp_path: Path) -> None:
    folder = tmp_path / "00042" / "Critical" / "000_180"
    pav = np.random.default_rng(1).random((8, 3), dtype=np.float32)
    write_array_pickle(folder / "0_heatmap.pkl", np.ones((5, 2, 64, 64), np.uint8))
    write_array_pickle(folder / "1_pav.pkl", np.repeat(pav[None], 5, axis=0))
    for walk in (read_opengait_folder(folder), read_opengait_folder(folder, "other")):
        assert (walk.walk_id, walk.label, walk.view) == ("00042", ScreeningClass.NEUTRAL, "000_180")
        np.testing.assert_array_equal(walk.asymmetry, pav)
    write_array_pickle(folder / "2_heatmap.pkl", np.ones((5, 2, 64, 64), np.uint8))
    with pytest.raises(DataError, match=r"2_heatmap\.pkl: a second pickle with skeleton_maps"):
        read_opengait_folder(folder)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((4, 18, 3), np.float32), "shape (4, 18, 3)"),
        (np.zeros((4, 17, 2), np.float32), "shape (4, 17, 2)"),
        (np.zeros((4, 64, 64), np.float32), "dtype float32"),
        (np.zeros((4, 64, 64), np.int64), "dtype int64"),
        (np.zeros((4, 3, 64, 64), np.uint8), "shape (4, 3, 64, 64)"),
        (np.zeros((4, 2, 64, 44), np.uint8), "shape (4, 2, 64, 44)"),
        (np.zeros((4,), np.float32), "shape (4,)"),
        (np.zeros((0, 64, 64), np.uint8), "at least one frame"),
        (np.zeros((0, 17, 3), np.float32), "no frame"),
        (np.full((4, 17, 3), np.inf, np.float32), "frame 0, joint 0"),
        (draw_walker(4) * np.array([1, 1, 100], np.float32), "confidences reach 100; expected x, y, confidence 0..1"),
        (np.arange(96, dtype=np.float32).reshape(4, 8, 3), "differs between frames"),
        (np.full((4, 8, 3), np.nan, np.float32), "NaN"),
        (np.zeros((4, 8, 3), np.float32), "only a PAV"),
    ],
)
def test_wrong_arrays_are_refused_in_one_line(tmp_path: Path, array: np.ndarray, words: str) -> None:
    path = tmp_path / "walk.pkl"
    write_array_pickle(path, array)
    with pytest.raises(DataError) as caught:
        read_opengait_pickle(path)
    message = str(caught.value)
    assert words in message
    assert message.startswith(str(path))
    assert "\n" not in message
