"""Well-known image models with seeded random weights as TorchScript files: what scripts/make-models writes."""
import json
import os
import sys

import torch
import torchvision

from modellib import yolo8
from modellib.shapes import SHAPES


class UNet(torch.nn.Module):
    """A small U-Net: two halvings, transposed convolutions back up, skip connections joined by concatenation."""

    def __init__(self, width=16, classes=4):
        super().__init__()
        self.down = torch.nn.ModuleList([self.block(3, width), self.block(width, 2 * width)])
        self.bottom = self.block(2 * width, 4 * width)
        self.up = torch.nn.ModuleList([torch.nn.ConvTranspose2d(4 * width, 2 * width, 2, stride=2),
                                       torch.nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1)])
        self.join = torch.nn.ModuleList([self.block(4 * width, 2 * width), self.block(2 * width, width)])
        self.head = torch.nn.Conv2d(width, classes, 1)

    @staticmethod
    def block(inputs, outputs):
        layers = []
        for channels in (inputs, outputs):
            layers += [torch.nn.Conv2d(channels, outputs, 3, padding=1, bias=False), torch.nn.BatchNorm2d(outputs),
                       torch.nn.ReLU(inplace=True)]
        return torch.nn.Sequential(*layers)

    def forward(self, x):
        skips = []
        for block in self.down:
            x = block(x)
            skips.append(x)
            x = torch.nn.functional.max_pool2d(x, 2)
        x = self.bottom(x)
        for i, (up, join) in enumerate(zip(self.up, self.join)):
            x = join(torch.cat([up(x), skips[len(skips) - 1 - i]], 1))
        return self.head(x)


class TwoCameras(torch.nn.Module):
    """Several inputs and outputs: a photo and a coarser depth map make maps and classes."""

    def __init__(self, width=32, classes=10):
        super().__init__()
        self.photo = torch.nn.Sequential(torch.nn.Conv2d(3, width, 3, stride=2, padding=1), torch.nn.BatchNorm2d(width))
        self.depth = torch.nn.Conv2d(1, width, 5, padding=2)
        self.mixed = torch.nn.ModuleList(
            [torch.nn.Conv2d(width, width, 3, padding=1, groups=groups) for groups in (1, 4, width)])
        self.head = torch.nn.Linear(width, classes)

    def forward(self, photo, depth):
        x = torch.relu(self.photo(photo)) + torch.relu(self.depth(depth))
        maps = [x]
        for layer in self.mixed:
            maps.append(torch.relu(layer(maps[-1])))
        whole = torch.cat(maps, 1)
        low, high = torch.chunk(maps[-1], 2, 1)
        classes = self.head(torch.nn.functional.adaptive_avg_pool2d(maps[-1], (1, 1)).flatten(1))
        return {"map": whole, "classes": torch.softmax(classes, 1), "low": low * 2, "high": high}


def build(name):
    if name == "unet":
        return UNet()
    if name == "two_cameras":
        return TwoCameras()
    if name == "fcn_resnet50":
        return torchvision.models.segmentation.fcn_resnet50(weights=None, weights_backbone=None)
    if name.startswith("yolov8"):
        return yolo8.Yolo8(name.removeprefix("yolov8"))
    if name == "vit_b_32":
        return torchvision.models.vit_b_32(weights=None, image_size=384)
    return getattr(torchvision.models, name)(weights=None)


def settle(model, shapes):
    """Makes a model's answers tell something: no weights that are all zero, batch norms that have seen an input."""
    model.eval()
    for weight in model.parameters():
        if weight.dim() > 1 and not weight.any():  # the head of a vision transformer before training
            torch.nn.init.normal_(weight, std=0.02)
    norms = [part for part in model.modules() if isinstance(part, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.train()
        norm.momentum = 0.5  # some of the initial variance of 1 stays: dividing by a tiny one would magnify rounding
    if norms:
        model(*[torch.rand(4, *shape) for shape in shapes])
    model.eval()


def save(script, path):
    part = path + ".part"
    script.save(part)
    os.replace(part, path)
    print(f"make-models: {path}, {os.path.getsize(path) / 1e6:.0f} MB", file=sys.stderr)


def make(name, folder, scripted):
    paths = {"trace": os.path.join(folder, name + ".pt")}
    if scripted:
        paths["script"] = os.path.join(folder, name + ".script.pt")
    if all(map(os.path.exists, paths.values())):
        return
    torch.manual_seed(1)
    model = build(name)
    settle(model, SHAPES[name])
    if not os.path.exists(paths["trace"]):
        # Some answer with a dictionary, which tracing only allows when it is not strict.
        example = tuple(torch.rand(1, *shape) for shape in SHAPES[name])
        save(torch.jit.trace(model, example, strict=False, check_trace=False), paths["trace"])
    if "script" in paths and not os.path.exists(paths["script"]):
        save(torch.jit.script(model), paths["script"])


def describe(names, folder):
    path = os.path.join(folder, "models.json")
    known = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            known = json.load(file)
    for name in names:
        inputs = ["x".join(map(str, (1, *shape))) for shape in SHAPES[name]]
        known[name] = {"input": inputs if len(inputs) > 1 else inputs[0]}
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(known, file, indent=1, sort_keys=True)
    os.replace(path + ".part", path)
