"""Traits that tests start from."""

from scoliogait.simulation.traits import TRAITS, Traits


def neutral_traits() -> Traits:
    """A straight, even, average walker."""
    return {trait.name: trait.mean for trait in TRAITS}
