"""What torch says of a broken group becomes one line; nothing else does."""

import pytest
import torch
import torch.distributed as dist

from scoliogait.training.processes import LostProcessError, Processes, loss_in_one_line

SECOND = Processes(1, 2, 2, torch.device("cpu"))
GLOO = (
    "[/__w/gloo/transport/tcp/pair.cc:537] Read error [127.0.0.1]:29512: Connection reset by peer. This is typically "
    "caused by a remote worker hanging."
)
NCCL = (
    "NCCL error in: /pytorch/NCCLUtils.cpp:77, invalid usage (run with NCCL_DEBUG=WARN), NCCL version 2.27\n"
    "ncclInvalidUsage: This usually reflects invalid usage of NCCL library.\n"
    "Last error:\nDuplicate GPU detected : rank 0 and rank 1 both on CUDA device 5000"
)


@pytest.mark.parametrize(
    ("error", "short"),
    [
        (RuntimeError(GLOO), r"\(Read error \[127.0.0.1\]:29512: Connection reset by peer\)$"),
        (dist.DistBackendError(NCCL), r"\(NCCL error in: .*; Duplicate GPU detected .* CUDA device 5000\)$"),
        (dist.DistStoreError("Timed out after 1801 seconds waiting for clients."), r"waiting for clients.\)$"),
        (dist.DistNetworkError(""), r"\(DistNetworkError\)$"),
    ],
)
def test_a_broken_group_is_one_line(error: RuntimeError, short: str) -> None:
    with pytest.raises(LostProcessError, match=short) as told, loss_in_one_line(SECOND):
        raise error
    assert "\n" not in str(told.value)
    assert str(told.value).startswith("process 1 of 2: another process of the run ended or does not answer; ")


@pytest.mark.parametrize("error", [RuntimeError("shape '[2]' is invalid for input of size 3"), ValueError("gloo")])
def test_other_errors_rise_as_they_are(error: Exception) -> None:
    with pytest.raises(type(error)) as told, loss_in_one_line(SECOND):
        raise error
    assert told.value is error
