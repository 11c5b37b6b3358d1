"""The places the demo's cameras look at: drawn halls with lamps, a pillar and a barrier, changing light, sensor noise.

Coordinates are shares of the picture's width and height, so that a hall can be drawn at any size.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]

# Pixels. Two frames with the same noise are rare among its square.
NOISE_MARGIN = 96


@dataclass(frozen=True, slots=True)
class Hall:
    """How a place looks. Colours are RGB, 0 to 255.

    `horizon`: where wall meets floor. `pillar`: left and right edge. `light_period`: seconds of a slow change of light.
    `dimming`: when (share of the footage) a cloud or a failing lamp darkens it.
    """

    wall: tuple[int, int, int]
    floor: tuple[int, int, int]
    accent: tuple[int, int, int]
    horizon: float
    pillar: tuple[float, float]
    lamps: tuple[float, ...]
    light_period: float
    dimming: float
    windows: bool


HALLS = {
    "hall-east": Hall(
        wall=(176, 166, 148),
        floor=(118, 106, 94),
        accent=(122, 84, 60),
        horizon=0.66,
        pillar=(0.60, 0.675),
        lamps=(0.16, 0.5, 0.84),
        light_period=9.0,
        dimming=0.7,
        windows=False,
    ),
    "hall-west": Hall(
        wall=(150, 163, 172),
        floor=(98, 108, 116),
        accent=(60, 88, 112),
        horizon=0.7,
        pillar=(0.27, 0.34),
        lamps=(0.3, 0.72),
        light_period=7.0,
        dimming=0.35,
        windows=True,
    ),
}


def background(hall: Hall, size: tuple[int, int]) -> Picture:
    """The empty hall, (height, width, 3) RGB float32, 0 to 255."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width, y / height
    wall = np.array(hall.wall, np.float32) * (1.05 - 0.35 * y)[..., None]
    deep = np.clip((y - hall.horizon) / (1 - hall.horizon), 0.02, 1)
    tiles = ((np.floor((x - 0.5) / deep * 2.2) + np.floor(3.0 / deep)) % 2)[..., None]
    floor = np.array(hall.floor, np.float32) * (0.75 + 0.3 * deep)[..., None] * (0.93 + 0.07 * tiles)
    picture = np.where((y < hall.horizon)[..., None], wall, floor).astype(np.float32)
    _furnish(picture, hall)
    for lamp in hall.lamps:
        far = ((x - lamp) / 0.17) ** 2 + ((y - 0.07) / 0.42) ** 2
        picture += (np.exp(-far) * 70)[..., None] * np.array([1.0, 0.95, 0.82], np.float32)
        _rectangle(picture, (lamp - 0.045, 0.035, lamp + 0.045, 0.062), (255, 250, 232))
    return np.asarray(cv2.GaussianBlur(np.clip(picture, 0, 255), (0, 0), width / 700), np.float32)


def foreground(hall: Hall, size: tuple[int, int]) -> tuple[Picture, NDArray[np.float32]]:
    """What stands in front of the people, a pillar and a barrier: colour, and alpha (height, width), 0 to 1."""
    width, height = size
    colour, alpha = np.zeros((height, width, 3), np.float32), np.zeros((height, width, 1), np.float32)
    left, right = hall.pillar
    x = np.linspace(0, 1, width, dtype=np.float32)
    round_shading = 0.62 + 0.45 * np.sin(np.pi * np.clip((x - left) / (right - left), 0, 1))
    colour[:] = np.array(hall.wall, np.float32) * round_shading[None, :, None]
    alpha[:, int(left * width) : int(right * width)] = 1
    _rectangle(colour, (0, 0.86, 1, 1), hall.accent)
    _rectangle(colour, (0, 0.86, 1, 0.885), _lighter(hall.accent, 1.35))
    for edge in np.arange(0.06, 1, 0.125):
        _rectangle(colour, (edge, 0.9, edge + 0.09, 1), _lighter(hall.accent, 0.82))
    _rectangle(alpha, (0, 0.86, 1, 1), (1, 1, 1))
    return colour, np.asarray(cv2.GaussianBlur(alpha[..., 0], (0, 0), 0.8), np.float32)


def light(hall: Hall, moment: float, length: float) -> NDArray[np.float32]:
    """How bright each of R, G, B is at `moment` of `length` seconds; about 1."""
    slow = 1 + 0.07 * np.sin(2 * np.pi * moment / hall.light_period)
    dim = 1 - 0.26 * np.exp(-(((moment / length - hall.dimming) / 0.07) ** 2))
    warm = 0.03 * np.sin(2 * np.pi * moment / (1.7 * hall.light_period))
    return np.array([1 + warm, 1.0, 1 - warm], np.float32) * np.float32(slow * dim)


def noise(size: tuple[int, int], generator: np.random.Generator, sigma: float) -> Picture:
    """A sensor's noise, NOISE_MARGIN larger than the picture on both axes: each frame takes another piece of it."""
    width, height = size
    grain = generator.normal(0, sigma, (height + NOISE_MARGIN, width + NOISE_MARGIN, 3)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.6) * 1.6, np.float32)


def _furnish(picture: Picture, hall: Hall) -> None:
    dark = _lighter(hall.wall, 0.72)
    _rectangle(picture, (0, hall.horizon - 0.03, 1, hall.horizon), dark)
    if hall.windows:
        for left in (0.04, 0.42, 0.58, 0.84):
            _rectangle(picture, (left, 0.16, left + 0.12, 0.5), (205, 222, 234))
            _rectangle(picture, (left + 0.057, 0.16, left + 0.063, 0.5), dark)
            _rectangle(picture, (left, 0.325, left + 0.12, 0.335), dark)
    else:
        for left, tone in ((0.05, 0.8), (0.29, 1.12), (0.78, 0.9)):
            _rectangle(picture, (left, 0.2, left + 0.16, 0.46), _lighter(hall.accent, tone))
            _rectangle(picture, (left + 0.012, 0.22, left + 0.148, 0.44), _lighter(hall.accent, tone * 1.5))
            _rectangle(picture, (left + 0.03, 0.27, left + 0.13, 0.285), dark)
            _rectangle(picture, (left + 0.03, 0.31, left + 0.105, 0.325), dark)
        _rectangle(picture, (0.49, 0.24, 0.585, hall.horizon), _lighter(hall.accent, 0.7))


def _rectangle(picture: Picture, box: tuple[float, float, float, float], colour: tuple[int, int, int]) -> None:
    height, width = picture.shape[:2]
    left, top, right, bottom = (round(v * n) for v, n in zip(box, (width, height, width, height), strict=True))
    picture[top:bottom, left:right] = colour[: picture.shape[2]]


def _lighter(colour: tuple[int, int, int], factor: float) -> tuple[int, int, int]:
    red, green, blue = (min(255, round(value * factor)) for value in colour)
    return red, green, blue
