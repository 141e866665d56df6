"""What a rendered walker and the room look like: colours, and where the light comes from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

Colour = tuple[int, int, int]

_SKINS: tuple[Colour, ...] = ((236, 200, 176), (214, 170, 140), (176, 128, 98), (120, 82, 62))
_HAIRS: tuple[Colour, ...] = ((38, 28, 24), (84, 58, 38), (150, 112, 66), (60, 60, 64))
_SHIRTS: tuple[Colour, ...] = ((70, 110, 180), (170, 60, 60), (225, 220, 205), (70, 130, 90), (200, 160, 60))
_TROUSERS: tuple[Colour, ...] = ((44, 48, 66), (90, 84, 76), (58, 84, 120), (30, 30, 32))
_SHOES: tuple[Colour, ...] = ((235, 235, 235), (40, 40, 44), (120, 60, 50))
_WALLS: tuple[Colour, ...] = ((196, 192, 182), (170, 182, 190), (206, 198, 170))
_FLOORS: tuple[Colour, ...] = ((142, 118, 92), (128, 128, 126), (110, 116, 120))


@dataclass(frozen=True)
class Appearance:
    """Colours 0..255 of a walker and a room. light: towards the lamp, a unit vector to the camera's right, up, away.

    girth: breadth of trunk and limbs relative to the average. noise: standard deviation of each pixel's value.
    """

    skin: Colour
    hair: Colour
    shirt: Colour
    trousers: Colour
    shoes: Colour
    wall: Colour
    floor: Colour
    light: tuple[float, float, float]
    girth: float = 1.0
    noise: float = 2.0


def draw_appearance(rng: np.random.Generator, girth: float = 1.0) -> Appearance:
    """Somebody in everyday clothes, in a room with its lamps up to 35 degrees to one side."""

    def one_of(colours: tuple[Colour, ...]) -> Colour:
        return colours[int(rng.integers(len(colours)))]

    skin, hair, shirt, trousers, shoes = map(one_of, (_SKINS, _HAIRS, _SHIRTS, _TROUSERS, _SHOES))
    wall, floor = one_of(_WALLS), one_of(_FLOORS)
    aside = np.deg2rad(rng.uniform(-35.0, 35.0))
    light = np.array([np.sin(aside), 0.9, -np.cos(aside)])
    x, y, z = (light / np.linalg.norm(light)).tolist()
    return Appearance(skin, hair, shirt, trousers, shoes, wall, floor, (x, y, z), girth)


def mirrored_appearance(appearance: Appearance) -> Appearance:
    """The same walker and room in a mirror."""
    x, y, z = appearance.light
    return replace(appearance, light=(-x, y, z))
