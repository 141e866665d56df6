from scoliogait.skeleton import JOINT, JOINT_NAMES, JOINT_SETS, LIMBS, MIRROR, PAIR_NAMES, PAIRS, limbs_of

# Written out by hand from the record of the original's seventeen limbs.
ORIGINAL_LIMBS = "0-1, 0-2, 1-3, 2-4, 0-5, 5-7, 7-9, 0-6, 6-8, 8-10, 5-11, 11-13, 13-15, 6-12, 12-14, 14-16, 11-12"


def test_limbs_are_those_of_the_original_in_its_order() -> None:
    assert ", ".join(f"{a}-{b}" for a, b in LIMBS) == ORIGINAL_LIMBS


def test_pairs_join_left_and_right_of_the_same_part() -> None:
    for name, (left, right) in zip(PAIR_NAMES, PAIRS, strict=True):
        part = name.removesuffix("s")
        assert (JOINT_NAMES[left], JOINT_NAMES[right]) == (f"left_{part}", f"right_{part}")


def test_mirror_swaps_sides_and_twice_is_identity() -> None:
    swapped = [JOINT_NAMES[j].replace("left", "?").replace("right", "left").replace("?", "right") for j in MIRROR]
    assert swapped == list(JOINT_NAMES)
    assert [MIRROR[j] for j in MIRROR] == list(range(17))


def test_joint_sets() -> None:
    assert len(JOINT_SETS["full-body"]) == 17
    assert len(JOINT_SETS["body-only"]) == 12
    assert set(JOINT_SETS["head-lite"]) - set(JOINT_SETS["body-only"]) == {JOINT["nose"]}
    assert len(limbs_of("full-body")) == 17
    assert len(limbs_of("body-only")) == 11
    assert set(limbs_of("head-lite")) - set(limbs_of("body-only")) == {(0, 5), (0, 6)}
