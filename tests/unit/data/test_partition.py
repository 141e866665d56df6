import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from released_ids import class_of_id
from scoliogait.data.partition import PUBLISHED, Partition, carve_validation, read_partition, write_partition
from scoliogait.errors import DataError

# negative, neutral, positive
COUNTS = {
    "112": ((373, 186, 186), (427, 14, 307)),
    "114": ((497, 124, 124), (303, 76, 369)),
    "118": ((596, 74, 74), (204, 126, 419)),
    "1116": ((663, 41, 41), (137, 159, 452)),
}


# The first half of the SHA-256 of the released TRAIN_SET and TEST_SET, their ids in order, joined by single spaces.
RELEASED = {
    "112": ("167adf2a4aa7cd4ae4eb3329422fa31a", "53567ffb4f64a68d71661b62764c6bb9"),
    "114": ("c35bfed03e40d13942105a7a581f60c7", "c6b80b8e8b9b6b9c7825cdcc44cc41cc"),
    "118": ("5ee008d8f8c7f4edf12244c4b5e0a8ec", "9edf039654c8a356e9166d6887c29083"),
    "1116": ("6c1f1a785d161ad7f74ee2e11dd8816b", "7cfecba939c4a3bd8fc7d0f0f9332e6a"),
}


def digest(ids: tuple[str, ...]) -> str:
    return hashlib.sha256(" ".join(ids).encode()).hexdigest()[:32]


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_partitions_are_those_of_the_release(name: str) -> None:
    partition = read_partition(name)
    assert (digest(partition.train), digest(partition.test)) == RELEASED[name]
    assert sorted(partition.ids) == [f"{number:05d}" for number in range(1493)]
    counts = tuple(tuple(np.bincount([class_of_id(i) for i in ids])) for ids in (partition.train, partition.test))
    assert counts == COUNTS[name]
    assert partition.file_name == f"Scoliosis1K_{name}.json"


def test_the_published_form_is_written_and_read_back(tmp_path: Path) -> None:
    partition = Partition("mine", train=("b", "a"), test=("c",))
    write_partition(tmp_path / "mine.json", partition)
    assert json.loads((tmp_path / "mine.json").read_text()) == {"TRAIN_SET": ["b", "a"], "TEST_SET": ["c"]}
    assert read_partition(tmp_path / "mine.json") == partition
    assert partition.file_name == "mine.json"


def test_a_validation_set_and_facts_are_further_keys(tmp_path: Path) -> None:
    partition = Partition("mine", ("b",), ("c",), validation=("a", "d"), facts={"purpose": "proxy", "subset": "yes"})
    write_partition(tmp_path / "mine.json", partition)
    content = json.loads((tmp_path / "mine.json").read_text())
    assert content["TRAIN_SET"] == ["b"]
    assert content["VALIDATION_SET"] == ["a", "d"]
    assert read_partition(tmp_path / "mine.json") == partition
    assert partition.ids == ("b", "c", "a", "d")
    assert partition.seen == {"a", "b", "d"}
    assert list(partition.sides) == ["train", "validation", "test"]
    assert partition.is_proxy
    assert partition.is_subset
    released = read_partition("118")
    assert (list(released.sides), released.is_proxy, released.is_subset) == (["train", "test"], False, False)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "TRAIN_SET is not a list of ids"),
        ('{"TRAIN_SET": ["a"]}', "TEST_SET is not a list of ids"),
        ('{"TRAIN_SET": [1], "TEST_SET": ["a"]}', "TRAIN_SET is not a list of ids in quotes"),
        ('{"TRAIN_SET": ["a"], "TEST_SET": []}', "TEST_SET is empty"),
        ('{"TRAIN_SET": ["a", "b"], "TEST_SET": ["b"]}', "b listed more than once"),
        ('{"TRAIN_SET": ["a"], "TEST_SET": ["b"], "VALIDATION_SET": ["a"]}', "a listed more than once"),
        ('{"TRAIN_SET": ["a"], "TEST_SET": ["b"], "VALIDATION_SET": "c"}', "VALIDATION_SET is not a list of ids"),
        ('{"TRAIN_SET": ["a"], "TEST_SET": ["b"], "FACTS": {"seed": 3}}', "FACTS is not a table of texts"),
        ('{"TRAIN_SET": ["a", "a"], "TEST_SET": ["b"]}', "a listed more than once"),
    ],
)
def test_wrong_files_are_refused_in_one_line(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "p.json"
    path.write_text(content)
    with pytest.raises(DataError) as caught:
        read_partition(path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_name_lists_the_published_ones() -> None:
    with pytest.raises(DataError, match=r"117: is no file .* 112, 114, 118, 1116"):
        read_partition("117")


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("fraction", [0.1, 0.15, 0.25])
def test_validation_keeps_the_share_of_each_class(name: str, fraction: float) -> None:
    ids = read_partition(name).train
    labels = np.array([class_of_id(i) for i in ids])
    train, validation = carve_validation(ids, labels, [None] * len(ids), fraction, seed=3)
    assert sorted(train + validation) == sorted(ids)
    assert train == tuple(i for i in ids if i in set(train))
    for class_ in range(3):
        n_class = int((labels == class_).sum())
        n_held_out = sum(class_of_id(i) == class_ for i in validation)
        assert abs(n_held_out - fraction * n_class) <= 1 + 0.01 * n_class


def test_validation_is_the_same_for_the_same_seed_only() -> None:
    ids = read_partition("118").train
    labels = [class_of_id(i) for i in ids]
    splits = [carve_validation(ids, labels, [None] * len(ids), 0.1, seed) for seed in (0, 0, 1)]
    assert splits[0] == splits[1]
    assert splits[0] != splits[2]


def test_a_person_is_on_one_side_only() -> None:
    rng = np.random.default_rng(0)
    class_of_person = rng.choice(3, 120, p=[0.6, 0.2, 0.2])
    persons = rng.integers(0, 120, 400)
    ids = [f"w{k}" for k in range(400)]
    subjects = [None if k % 10 == 0 else f"p{person}" for k, person in enumerate(persons)]
    train, validation = carve_validation(ids, class_of_person[persons], subjects, 0.2, seed=0)
    subject_of = dict(zip(ids, subjects, strict=True))
    on_both = {subject_of[i] for i in train} & {subject_of[i] for i in validation}
    assert on_both == {None}
    assert len(validation) == pytest.approx(80, abs=8)
    labels = dict(zip(ids, class_of_person[persons], strict=True))
    assert {labels[i] for i in validation} == {0, 1, 2}


def test_what_cannot_be_split_is_refused() -> None:
    with pytest.raises(DataError, match="walk 'b' has no class"):
        carve_validation(["a", "b"], [0, -1], [None, None], 0.5, 0)
    with pytest.raises(DataError, match="only one person"):
        carve_validation(["a", "b", "c", "d"], [0, 0, 1, 1], [None, None, "s", "s"], 0.5, 0)
    with pytest.raises(DataError, match=r"fraction is 0\.6"):
        carve_validation(["a", "b"], [0, 0], [None, None], 0.6, 0)
    with pytest.raises(DataError, match="2 ids, 1 labels and 2 subjects"):
        carve_validation(["a", "b"], [0], [None, None], 0.5, 0)
