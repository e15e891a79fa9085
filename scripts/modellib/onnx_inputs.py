"""Seeded inputs for scripts/check-onnx --networks, as .npy: pictures, numbers between -1 and 1, and token ids."""
import array
import math
import random

DESCRIPTIONS = {"float32": ("f", "<f4"), "int64": ("q", "<i8"), "int32": ("i", "<i4"), "bool": ("B", "|b1")}
RECTANGLES, WORD = 40, "BRAMBLE"
LETTERS = {"B": (30, 17, 17, 30, 17, 17, 30), "R": (30, 17, 17, 30, 20, 18, 17), "A": (14, 17, 17, 31, 17, 17, 17),
           "M": (17, 27, 21, 21, 17, 17, 17), "L": (16, 16, 16, 16, 16, 16, 31), "E": (31, 16, 16, 30, 16, 16, 31)}  # 5x7, a line each


def write_npy(path, shape, kind, numbers):
    code, description = DESCRIPTIONS[kind]
    header = f"{{'descr': '{description}', 'fortran_order': False, 'shape': ({''.join(f'{size}, ' for size in shape)}), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with path.open("wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
        array.array(code, numbers).tofile(file)


def shapes(draw, height, width):
    """(top, left, bottom, right, shade of the channels or none): rectangles, and a word of black on white."""
    out = []
    for _ in range(RECTANGLES):
        top, left = draw.randrange(height), draw.randrange(width)
        out.append((top, left, top + 1 + draw.randrange(height - top), left + 1 + draw.randrange(width - left), None))
    size = max(1, min(height // 10, width // (6 * len(WORD) + 2)))
    top, left = (height - 9 * size) // 2, (width - (6 * len(WORD) + 1) * size) // 2
    out.append((top, left, top + 9 * size, left + (6 * len(WORD) + 1) * size, 1))
    for i, letter in enumerate(WORD):
        for y, line in enumerate(LETTERS[letter]):
            for x in range(5):
                if line >> 4 - x & 1:
                    at, over = top + (1 + y) * size, left + (1 + 6 * i + x) * size
                    out.append((at, over, at + size, over + size, 0))
    return out


def plane(draw, drawn, height, width, low, high):
    """One channel, with a little noise."""
    slope, span = draw.uniform(-.3, .3), high - low
    lines = [array.array("f", [.5 + slope * (y / height - .5)]) * width for y in range(height)]
    for top, left, bottom, right, shade in drawn:
        run = array.array("f", [draw.random() if shade is None else shade]) * (right - left)
        for y in range(top, bottom):
            lines[y][left:right] = run
    return [[low + span * min(1, max(0, x + draw.uniform(-.02, .02))) for x in line] for line in lines]


def picture(draw, shape, low, high):
    """A photo has edges, areas and perhaps a word; in noise most networks that look for something find nothing at all."""
    last = shape[-1] <= 4  # channels, that is
    channels, height, width = (shape[3], shape[1], shape[2]) if last else shape[1:]
    drawn = shapes(draw, height, width)
    planes = [plane(draw, drawn, height, width, low, high) for _ in range(channels)]
    if not last:
        return (x for each in planes for line in each for x in line)
    return (x for lines in zip(*planes) for pixel in zip(*lines) for x in pixel)


def make_input(path, shape, kind, told, name):
    draw = random.Random(f"{path.name} {name}")
    if "picture" in told and kind == "float32":
        numbers = picture(draw, shape, *told["picture"])
    elif kind == "float32":
        numbers = (draw.uniform(-1, 1) for _ in range(math.prod(shape)))
    else:
        numbers = (draw.randrange(told["below"].get(name, 2)) for _ in range(math.prod(shape)))
    write_npy(path, shape, kind, numbers)
