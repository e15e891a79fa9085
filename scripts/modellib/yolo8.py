"""The shapes of YOLOv8 (Ultralytics, 2023) without its post-processing: what its layers take, with weights that mean nothing.

A backbone of C2f blocks, a pyramid of three scales up and down again, a head that gives each scale its boxes (16 bins for each
of four sides) and classes. Widths and depths are those of the published models n and s."""
import torch
from torch import nn

CLASSES, BOX_BINS, SIDES = 80, 16, 4
SIZES = {"n": .25, "s": .5}  # width; the depth of both is a third
DEPTH = 1 / 3


class Conv(nn.Sequential):
    def __init__(self, inputs, outputs, kernel=1, stride=1):
        super().__init__(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs), nn.SiLU())


class Bottleneck(nn.Module):
    def __init__(self, width, shortcut):
        super().__init__()
        self.first, self.second, self.shortcut = Conv(width, width, 3), Conv(width, width, 3), shortcut

    def forward(self, x):
        made = self.second(self.first(x))
        return x + made if self.shortcut else made


class C2f(nn.Module):
    """Half of the channels go through a chain of bottlenecks, of which every link is kept."""

    def __init__(self, inputs, outputs, count, shortcut):
        super().__init__()
        self.half = outputs // 2
        self.enter = Conv(inputs, outputs)
        self.chain = nn.ModuleList([Bottleneck(self.half, shortcut) for _ in range(count)])
        self.leave = Conv((2 + count) * self.half, outputs)

    def forward(self, x):
        parts = list(self.enter(x).split(self.half, 1))
        for link in self.chain:
            parts.append(link(parts[-1]))
        return self.leave(torch.cat(parts, 1))


class Pyramid(nn.Module):
    """SPPF: the same map pooled once, twice and three times."""

    def __init__(self, width):
        super().__init__()
        self.enter, self.leave, self.pool = Conv(width, width // 2), Conv(2 * width, width), nn.MaxPool2d(5, 1, 2)

    def forward(self, x):
        maps = [self.enter(x)]
        for _ in range(3):
            maps.append(self.pool(maps[-1]))
        return self.leave(torch.cat(maps, 1))


class Head(nn.Module):
    def __init__(self, inputs, boxes, classes):
        super().__init__()
        self.boxes = nn.Sequential(Conv(inputs, boxes, 3), Conv(boxes, boxes, 3), nn.Conv2d(boxes, SIDES * BOX_BINS, 1))
        self.classes = nn.Sequential(Conv(inputs, classes, 3), Conv(classes, classes, 3), nn.Conv2d(classes, CLASSES, 1))

    def forward(self, x):
        return torch.cat([self.boxes(x), self.classes(x)], 1)


class Yolo8(nn.Module):
    def __init__(self, size):
        super().__init__()
        a, b, c, d, e = (int(channels * SIZES[size]) for channels in (64, 128, 256, 512, 1024))
        once, twice = max(1, round(3 * DEPTH)), max(1, round(6 * DEPTH))
        self.to_quarter = nn.Sequential(Conv(3, a, 3, 2), Conv(a, b, 3, 2), C2f(b, b, once, True))
        self.to_third = nn.Sequential(Conv(b, c, 3, 2), C2f(c, c, twice, True))
        self.to_fourth = nn.Sequential(Conv(c, d, 3, 2), C2f(d, d, twice, True))
        self.to_fifth = nn.Sequential(Conv(d, e, 3, 2), C2f(e, e, once, True), Pyramid(e))
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.up_fourth, self.up_third = C2f(d + e, d, once, False), C2f(c + d, c, once, False)
        self.halve_third, self.down_fourth = Conv(c, c, 3, 2), C2f(c + d, d, once, False)
        self.halve_fourth, self.down_fifth = Conv(d, d, 3, 2), C2f(d + e, e, once, False)
        boxes, classes = max(16, c // 4, SIDES * BOX_BINS), max(c, min(CLASSES, 100))
        self.heads = nn.ModuleList([Head(width, boxes, classes) for width in (c, d, e)])

    def forward(self, x):
        third = self.to_third(self.to_quarter(x))
        fourth = self.to_fourth(third)
        fifth = self.to_fifth(fourth)
        fourth = self.up_fourth(torch.cat([self.up(fifth), fourth], 1))
        third = self.up_third(torch.cat([self.up(fourth), third], 1))
        fourth = self.down_fourth(torch.cat([self.halve_third(third), fourth], 1))
        fifth = self.down_fifth(torch.cat([self.halve_fourth(fourth), fifth], 1))
        return tuple(head(scale) for head, scale in zip(self.heads, (third, fourth, fifth)))
