"""History, kept weights and training states: what a resumed run finds, and what damage costs."""

import errno
from pathlib import Path

import pytest
import torch
from torch import nn

from scoliogait.errors import DataError
from scoliogait.training.history import History, best_steps, ranked
from scoliogait.training.weights_folder import (
    AtomicCheckpointIO,
    is_intact,
    load_weights,
    newest_intact_step,
    rewind,
    save_weights,
    saved_steps,
    state_path,
    tidy,
    tidy_at_end,
    weight_steps,
    weights_path,
)


def validated(macro_f1: float, accuracy: float = 0.5, loss: float = 1.0) -> dict[str, float]:
    return {"validation_macro_f1": macro_f1, "validation_accuracy": accuracy, "validation_loss": loss}


def save_state(folder: Path, step: int) -> None:
    AtomicCheckpointIO().save_checkpoint({"step": step, "weights": torch.randn(500)}, state_path(folder, step))


def test_history_reads_back_exactly(tmp_path: Path) -> None:
    history = History(tmp_path / "history.csv")
    history.add(10, {"loss": 1 / 3, "learning_rate": 0.1})
    history.add(20, {"loss": 2.5e-17})
    history.add(20, validated(0.1 + 0.2))
    again = History(tmp_path / "history.csv")
    assert again.rows == history.rows
    assert again.rows[20] == {"loss": 2.5e-17, **validated(0.30000000000000004)}
    assert list(again.validations()) == [20]
    again.forget_after(15)
    assert list(History(tmp_path / "history.csv").rows) == [10]


def test_an_edited_history_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    History(path).add(1, {"loss": 1.0})
    path.write_text(path.read_text().replace("1.0", "one"))
    with pytest.raises(DataError, match=r"history\.csv: .*edited"):
        History(path)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="columns"):
        History(path)


def test_ranking_prefers_the_metric_then_the_lower_loss_then_the_earlier_step() -> None:
    rows = {
        1: validated(0.5, 0.9, 1.0),
        2: validated(0.7, 0.1, 2.0),
        3: validated(0.7, 0.1, 1.5),
        4: validated(0.7, 0.1, 1.5),
    }
    assert ranked(rows, "macro_f1") == [3, 4, 2, 1]
    assert best_steps(rows, ["macro_f1", "accuracy"], 1) == {3, 1}


def test_damaged_states_are_passed_over(tmp_path: Path) -> None:
    for step in (5, 10, 15):
        save_state(tmp_path, step)
    assert newest_intact_step(tmp_path) == 15
    content = state_path(tmp_path, 15).read_bytes()
    state_path(tmp_path, 15).write_bytes(content[: len(content) // 2])
    assert newest_intact_step(tmp_path) == 10
    flipped = bytearray(state_path(tmp_path, 10).read_bytes())
    flipped[len(flipped) // 2] ^= 1
    state_path(tmp_path, 10).write_bytes(flipped)
    assert not is_intact(state_path(tmp_path, 10))
    assert newest_intact_step(tmp_path) == 5
    state_path(tmp_path, 5).write_bytes(b"")
    assert newest_intact_step(tmp_path) == 0


def test_states_hold_no_code(tmp_path: Path) -> None:
    torch.save({"module": nn.Linear(2, 2)}, tmp_path / "state-000001.ckpt")
    with pytest.raises(Exception, match="weights_only"):
        AtomicCheckpointIO().load_checkpoint(tmp_path / "state-000001.ckpt")


def test_a_full_disk_leaves_the_state_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_state(tmp_path, 5)
    before = state_path(tmp_path, 5).read_bytes()

    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    for step in (5, 6):
        with pytest.raises(DataError, match="No space left"):
            save_state(tmp_path, step)
    with pytest.raises(DataError, match="No space left"):
        save_weights(tmp_path, 5, nn.Linear(2, 2))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["state-000005.ckpt"]
    assert state_path(tmp_path, 5).read_bytes() == before


def test_weights_come_back_and_damage_is_named(tmp_path: Path) -> None:
    one, other = nn.Linear(3, 2), nn.Linear(3, 2)
    save_weights(tmp_path, 7, one)
    load_weights(tmp_path, 7, other)
    assert torch.equal(one.weight, other.weight)
    with pytest.raises(DataError, match=r"weights-000007"):
        load_weights(tmp_path, 7, nn.Linear(4, 2))
    path = weights_path(tmp_path, 7)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(DataError, match=r"weights-000007"):
        load_weights(tmp_path, 7, other)
    with pytest.raises(DataError, match=r"weights-000008"):
        load_weights(tmp_path, 8, other)


def test_tidying_keeps_what_a_resumed_run_needs(tmp_path: Path) -> None:
    history = History(tmp_path / "history.csv")
    scores = {2: 0.5, 4: 0.6, 6: 0.1, 8: 0.7, 10: 0.8}
    for step, score in scores.items():
        history.add(step, validated(score, accuracy=score))
        save_weights(tmp_path, step, nn.Linear(1, 1))
        if step in (2, 6, 10):
            save_state(tmp_path, step)
    tidy(tmp_path, history, keep_best=1)
    assert saved_steps(tmp_path) == [6, 10]
    # As of step 6, step 4 was best: a run that falls back to state 6 must find it.
    assert weight_steps(tmp_path) == [4, 10]
    state_path(tmp_path, 10).write_bytes(b"damaged")
    assert rewind(tmp_path) == 6
    assert saved_steps(tmp_path) == [6]
    assert weight_steps(tmp_path) == [4]
    history.forget_after(6)
    tidy_at_end(tmp_path, history, keep_best=1)
    assert weight_steps(tmp_path) == [4]
    assert saved_steps(tmp_path) == [6]
