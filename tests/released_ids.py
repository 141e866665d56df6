"""The classes of Scoliosis1K, which its ids give away. For tests; nothing in the package knows this."""

from scoliogait.data.roster import ListedWalk, Roster
from scoliogait.labels import CLASS_NAMES

N_RELEASED = 1493


def class_of_id(id_: str) -> int:
    """Positive below 493, negative below 1293, then neutral."""
    return 2 if int(id_) < 493 else 0 if int(id_) < 1293 else 1


def released_roster() -> Roster:
    """All ids of the release with their classes; people unknown."""
    ids = [f"{number:05d}" for number in range(N_RELEASED)]
    return Roster("the release", tuple(ListedWalk(i, class_of_id(i)) for i in ids))


def released_label_table() -> str:
    """The same as a CSV table of labels."""
    rows = [f"{walk.id},{CLASS_NAMES[walk.label]}" for walk in released_roster().walks]
    return "\n".join(["id,class", *rows]) + "\n"
