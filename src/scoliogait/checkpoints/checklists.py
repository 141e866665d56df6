"""Reporting checklists, filled with what a model's files state; an item of which they say nothing is named as empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from scoliogait.yaml_text import load_yaml

CHECKLISTS = ("stard-ai", "tripod-ai", "chai")


@dataclass(frozen=True)
class ChecklistItem:
    """number: as the checklist counts, or the name of its field. about: in our words. facts: names of ``FACTS``."""

    number: str
    about: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Checklist:
    """name: as its authors call it. about: what it is for. source: where the items are defined."""

    name: str
    about: str
    source: str
    items: tuple[ChecklistItem, ...]


@dataclass(frozen=True)
class FilledChecklist:
    """answers: number -> what the files state of it, empty where they state nothing."""

    checklist: Checklist
    answers: Mapping[str, str]

    @property
    def empty(self) -> tuple[str, ...]:
        """The numbers of the items that nothing is stated of."""
        return tuple(number for number, answer in self.answers.items() if not answer)


def read_checklist(name: str) -> Checklist:
    """One of ``CHECKLISTS``, as it comes with the package."""
    content = load_yaml((files("scoliogait.checkpoints") / "checklists" / f"{name}.yaml").read_text(encoding="utf-8"))
    items = tuple(ChecklistItem(item["number"], item["about"], tuple(item["facts"])) for item in content["items"])
    return Checklist(content["name"], content["about"], content["source"], items)


def filled_checklists(facts: Mapping[str, str]) -> tuple[FilledChecklist, ...]:
    """All checklists. facts: name -> sentence, as ``card_facts`` gives them."""
    return tuple(_fill(read_checklist(name), facts) for name in CHECKLISTS)


def _fill(checklist: Checklist, facts: Mapping[str, str]) -> FilledChecklist:
    answers = {item.number: " ".join(facts[name] for name in item.facts if name in facts) for item in checklist.items}
    return FilledChecklist(checklist, answers)
