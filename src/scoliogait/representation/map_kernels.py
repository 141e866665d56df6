"""Skeleton maps on a CPU, compiled: the steps of ``map_raster`` and ``map_crop``, frame by frame.

A limb or joint is drawn in the frame's own window alone, and all steps of a pixel in one pass, where torch makes eight
over the windows of all frames. Every operation is torch's own, in its order, and those that torch fuses are fused:
``map_compiled`` compares the two before it draws with these. Needs numba; nothing else imports this file.
"""

from __future__ import annotations

from math import sqrt, trunc

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

_F32, _I32 = np.float32, np.int32
_PX = 128
_WINDOW_SIGMAS = 3
_DRAWN_CONFIDENCE = 1e-3
_NOTHING, _FULL, _MOST, _ZERO, _ONE = _F32(44), _F32(256), _F32(255), _F32(0), _F32(1)
# 2^x between -1/2 and 1/2, by Sleef, whose exp2 torch calls. Adding and subtracting 1.5 x 2^23 rounds a float.
_POWERS = tuple(
    map(_F32, (0.1535920892e-3, 0.1339262701e-2, 0.9618384764e-2, 0.5550347269e-1, 0.2402264476, 0.6931471825, 1))
)
_ROUNDING, _LARGEST_EXPONENT = _F32(1.5 * 2**23), _F32(127)


@intrinsic
def _fused(_, factor, other, added):
    """factor * other + added, rounded once."""
    return factor(factor, other, added), lambda context, builder, signature, arguments: builder.fma(*arguments)


@intrinsic
def _scaled(_, power, rounded):
    """power * 2^n, where the last bits of ``rounded``, a float to which 1.5 x 2^23 was added, are n."""

    def code(context, builder, signature, arguments):
        whole, real = context.get_value_type(types.int32), context.get_value_type(types.float32)
        bits, count = (builder.bitcast(number, whole) for number in arguments)
        exponent = builder.shl(count, context.get_constant(types.int32, 23))
        return builder.bitcast(builder.add(bits, exponent), real)

    return power(power, rounded), code


@njit
def _exp2(x):
    """2^x from x = -44 on; where it is more than 2^127, some number above that."""
    x = x if x < _LARGEST_EXPONENT else _LARGEST_EXPONENT
    rounded = x + _ROUNDING
    rest = x - (rounded - _ROUNDING)
    power = _POWERS[0]
    power = _fused(power, rest, _POWERS[1])
    power = _fused(power, rest, _POWERS[2])
    power = _fused(power, rest, _POWERS[3])
    power = _fused(power, rest, _POWERS[4])
    power = _fused(power, rest, _POWERS[5])
    power = _fused(power, rest, _POWERS[6])
    return _scaled(power, rounded)


@njit
def _pixels(lowest, highest, sigma):
    """The pixels [begin, end) of a window on the canvas; 0, 0 beside it."""
    first, last = np.trunc(lowest - _WINDOW_SIGMAS * sigma), np.trunc(highest + _WINDOW_SIGMAS * sigma)
    if not (last >= 0 and first < _PX):
        return 0, 0
    return trunc(max(first, 0.0)), trunc(min(last, _PX - 1.0)) + 1


@njit
def _offsets(point, unit, begin, offsets):
    """Distances of the pixels from ``begin`` on from a point, times ``unit``."""
    whole = np.floor(point)
    fraction = _F32(point - whole)
    unit = _F32(unit)
    for pixel in range(len(offsets)):
        offsets[pixel] = ((_F32(begin + pixel) - _F32(whole)) - fraction) * unit


@njit
def _draw_limbs(points, confidence, peaks, limbs, sigma, unit, by_maximum, canvas):
    """Of one frame: points (17, 2), confidence and log2 of the grey (17), to intensities (128, 128)."""
    columns = np.empty((4, _PX), _F32)
    rows = np.empty(_PX, _F32)
    canvas[:] = -_NOTHING if by_maximum else _ZERO
    for limb in range(len(limbs)):
        start, end = limbs[limb]
        x_length, y_length = points[end, 0] - points[start, 0], points[end, 1] - points[start, 1]
        lower = end if confidence[end] < confidence[start] else start
        if x_length * x_length + y_length * y_length < 1 and confidence[lower] >= _DRAWN_CONFIDENCE:
            end = lower = start
            x_length = y_length = 0.0
        elif x_length * x_length + y_length * y_length < 1:
            continue
        left, right = _pixels(min(points[start, 0], points[end, 0]), max(points[start, 0], points[end, 0]), sigma)
        top, bottom = _pixels(min(points[start, 1], points[end, 1]), max(points[start, 1], points[end, 1]), sigma)
        if confidence[lower] < _DRAWN_CONFIDENCE or left == right or top == bottom:
            continue
        length = sqrt(_fused(y_length, y_length, x_length * x_length))
        along_x, along_y = (_F32(x_length / length), _F32(y_length / length)) if length > 0 else (_ONE, _ZERO)
        half, peak, width = _F32(length * (unit / 2)), peaks[lower], right - left
        offset, along, beside, exponent = columns[0, :width], columns[1, :width], columns[2, :width], columns[3, :width]
        _offsets((points[start, 0] + points[end, 0]) / 2, unit, left, offset)
        for x in range(width):
            along[x] = offset[x] * along_x
            beside[x] = offset[x] * -along_y
        offset = rows[: bottom - top]
        _offsets((points[start, 1] + points[end, 1]) / 2, unit, top, offset)
        for y in range(bottom - top):
            row, row_along, row_beside = canvas[top + y, left:right], offset[y] * along_y, offset[y] * along_x
            for x in range(width):
                beyond = abs(along[x] + row_along) - half
                beyond = beyond if beyond > _ZERO else _ZERO
                across = beside[x] + row_beside
                value = _fused(-beyond, beyond, _fused(-across, across, peak))
                exponent[x] = value if value > -_NOTHING else -_NOTHING
            if by_maximum:
                for x in range(width):
                    row[x] = exponent[x] if exponent[x] > row[x] else row[x]
            else:
                for x in range(width):
                    row[x] += _exp2(exponent[x])
    if by_maximum:
        for y in range(_PX):
            row = canvas[y]
            for x in range(_PX):
                row[x] = _exp2(row[x])


@njit
def _draw_joints(points, confidence, joints, sigma, unit, by_maximum, canvas):
    """As ``_draw_limbs``."""
    profiles = np.empty((2, _PX), _F32)
    canvas[:] = _ZERO
    for joint in joints:
        left, right = _pixels(points[joint, 0], points[joint, 0], sigma)
        top, bottom = _pixels(points[joint, 1], points[joint, 1], sigma)
        if confidence[joint] < _DRAWN_CONFIDENCE or left == right or top == bottom:
            continue
        columns, rows = profiles[0, : right - left], profiles[1, : bottom - top]
        _offsets(points[joint, 0], unit, left, columns)
        _offsets(points[joint, 1], unit, top, rows)
        for profile in (columns, rows):
            for pixel in range(len(profile)):
                square = profile[pixel] * profile[pixel]
                profile[pixel] = _exp2(-(square if square < _NOTHING else _NOTHING))
        for x in range(len(columns)):
            columns[x] *= _F32(confidence[joint]) * _FULL
        for y in range(bottom - top):
            row, height = canvas[top + y, left:right], rows[y]
            for x in range(len(columns)):
                value = columns[x] * height
                if by_maximum:
                    row[x] = value if value > row[x] else row[x]
                else:
                    row[x] += value


@njit
def _grey(intensity, levels):
    """``map_bytes.grey_bytes`` of (128, 128)."""
    for y in range(_PX):
        row, out = intensity[y], levels[y]
        for x in range(_PX):
            level = _I32(row[x] if row[x] < _MOST else _MOST)
            lower = (level & 0b11100011) == 0b00100001
            lower |= (level & 0b11000111) == 0b01000010
            lower |= (level & 0b10001111) == 0b10000100
            out[x] = level - _I32(lower)


@njit(nogil=True, error_model="numpy")
def draw(poses, peaks, limbs, joints, sigmas, units, by_maximum, intensity, levels):
    """Grey levels before the crop, uint8 (N, 2, 128, 128), of float64 poses (N, 17, 3) in canvas pixels.

    peaks: float32 (N, 17), log2 of a joint's grey. limbs: int64 (L, 2), joints: int64 (J). sigmas, units: of limbs and
    joints (``map_raster.Gaussian``). intensity: float32 (2, 128, 128), becomes that of the last frame, not yet grey.
    """
    for frame in range(len(poses)):
        points, confidence = poses[frame, :, :2], poses[frame, :, 2]
        _draw_limbs(points, confidence, peaks[frame], limbs, sigmas[0], units[0], by_maximum, intensity[0])
        _grey(intensity[0], levels[frame, 0])
        _draw_joints(points, confidence, joints, sigmas[1], units[1], by_maximum, intensity[1])
        _grey(intensity[1], levels[frame, 1])


@njit
def _halve(levels, halved):
    """``map_crop._halve`` of (128, 128), in the order of the published export's own operations."""
    share = 1 / 255
    for y in range(_PX // 2):
        even, odd, out = levels[2 * y], levels[2 * y + 1], halved[y]
        for x in range(_PX // 2):
            total = _I32(even[2 * x]) * share
            total += _I32(even[2 * x + 1]) * share
            total += _I32(odd[2 * x]) * share
            total += _I32(odd[2 * x + 1]) * share
            out[x] = _I32(total * 0.25 * 255)


@njit(nogil=True, error_model="numpy")
def crop(levels, boxes, is_halved, index_table, weight_table, maps):
    """Boxes (M, 4) of grey (M, 128, 128), to (M, size, size): halved, or weighted by ``map_taps.tap_tables``."""
    size, n_taps = index_table.shape[2:]
    shortened = np.empty((size, _PX), _F32)
    place, share, total = np.zeros((n_taps, size), np.uint64), np.empty((n_taps, size), _F32), np.empty(size, _F32)
    for image in range(len(levels)):
        if is_halved[image]:
            _halve(levels[image], maps[image])
            continue
        top, n_rows, left, n_columns = boxes[image]
        enlarged = 1 if min(n_rows, n_columns) < size else 0
        for target in range(size):
            row = shortened[target]
            row[:] = 0
            for tap in range(n_taps):
                y = top + index_table[enlarged, n_rows, target, tap]
                if 0 <= y < _PX:
                    source, weight = levels[image, y], weight_table[enlarged, n_rows, target, tap]
                    for x in range(_PX):
                        row[x] = _fused(weight, _F32(source[x]), row[x])
                x = left + index_table[enlarged, n_columns, target, tap]
                place[tap, target] = min(max(x, 0), _PX - 1)
                share[tap, target] = weight_table[enlarged, n_columns, target, tap] if 0 <= x < _PX else _ZERO
        for y in range(size):
            row, out = shortened[y], maps[image, y]
            total[:] = 0
            for tap in range(n_taps):
                for x in range(size):
                    total[x] = _fused(share[tap, x], row[place[tap, x]], total[x])
            for x in range(size):
                out[x] = _I32(total[x])
