"""The devices this machine has: tests of torch code run on each of them."""

import torch

DEVICES: list[str] = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
