"""Which rule makes a partition: what is asked for, checked as a whole, then made by ``splitting``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scoliogait.data.partition import Partition
from scoliogait.data.roster import Roster
from scoliogait.data.splitting import (
    common_test,
    fixed_pool,
    parse_ratio,
    proxy_subset,
    ratio_study,
    split_by_ratio,
    subject_folds,
    with_validation,
)
from scoliogait.errors import DataError

_RULES = "--ratio, --train-ratio, --folds, --proxy or --common-test"
# Of all walks, in the one test set of a class-ratio study.
_TEST_SHARE = 0.3


@dataclass(frozen=True)
class SplitRequest:
    """One rule and what belongs to it, in the words of ``scoliogait data split``.

    ratios, train_ratio: positive:neutral:negative, such as ``"1:1:8"``. folds, proxy: how many folds, or walks of a
    proxy subset. test_share: of all walks, with several ratios. validation: share of the training walks to list as
    validation set, after any of the rules or alone. name: of the partition; made from the rule where it is None.
    """

    ratios: Sequence[str] = ()
    train_ratio: str | None = None
    folds: int | None = None
    proxy: int | None = None
    common_test: bool = False
    test_share: float | None = None
    validation: float | None = None
    name: str | None = None
    seed: int = 0

    @property
    def n_rules(self) -> int:
        """How many of the rules are asked for; one is right, or none where only a validation set is wanted."""
        given = (self.train_ratio, self.folds, self.proxy)
        return bool(self.ratios) + self.common_test + sum(value is not None for value in given)


def make_partitions(roster: Roster, given: Sequence[Partition], request: SplitRequest) -> list[Partition]:
    """The partitions that are asked for; the same walks, start and request give the same ones.

    given: the partitions to start from. Raises DataError for a request that contradicts itself, and what the rule
    itself raises.
    """
    _refuse_contradictions(request, given)
    partitions = _make(request, roster, given)
    if request.validation is None:
        return partitions
    return [with_validation(roster, partition, request.validation, request.seed) for partition in partitions]


def _refuse_contradictions(request: SplitRequest, given: Sequence[Partition]) -> None:
    """DataError unless the options name one rule, and what they start from fits it."""
    n_rules = request.n_rules
    if n_rules == 0 and given and request.validation is None:
        raise DataError(f"--from: nothing to change about it; add one of {_RULES}, or --validation")
    if n_rules > 1 or (n_rules == 0 and not given):
        raise DataError(f"data split: give one of {_RULES}; or --from with --validation")
    if request.test_share is not None and len(request.ratios) < 2:
        raise DataError("--test-share: has a meaning only for --ratio given several times")
    if len(given) > 1 and not request.common_test:
        raise DataError("--from: several partitions have a meaning only with --common-test")
    if request.ratios and given:
        raise DataError("--ratio: draws a new test set; to keep that of --from, give --train-ratio")
    if request.train_ratio is not None and not given:
        raise DataError("--train-ratio: keeps the test set of a partition; name it with --from")


def _make(request: SplitRequest, roster: Roster, given: Sequence[Partition]) -> list[Partition]:
    """The partitions that the options ask for."""
    name, seed = request.name, request.seed
    start = given[0] if given else None
    origin = start.name if start else "all"
    ratios = [parse_ratio(text) for text in request.ratios]
    if request.common_test:
        return common_test(roster, given)
    if len(ratios) > 1:
        share = _TEST_SHARE if request.test_share is None else request.test_share
        return ratio_study(roster, ratios, share, seed, name or "study")
    if ratios:
        return [split_by_ratio(roster, ratios[0], seed, name or f"ratio{ratios[0].digits}")]
    if request.folds is not None:
        return subject_folds(roster, request.folds, seed, name or origin, start)
    if request.proxy is not None:
        return [proxy_subset(roster, request.proxy, seed, _proxy_name(name, origin, request.proxy), start)]
    if request.train_ratio is not None:
        ratio = parse_ratio(request.train_ratio)
        return [fixed_pool(roster, given[0], ratio, seed, name or f"{origin}_fixedpool_train{ratio.digits}")]
    return [replace(given[0], name=name or f"{origin}_validation")]


def _proxy_name(name: str | None, origin: str, n_walks: int) -> str:
    wanted = name or f"{origin}_proxy{n_walks}"
    if "proxy" not in wanted:
        raise DataError(f"--name {wanted}: a proxy subset must say so; name it {wanted}_proxy")
    return wanted
