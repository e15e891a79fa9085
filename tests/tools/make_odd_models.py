#!/usr/bin/python3
"""Writes TorchScript files of the forms in which people's networks come, for tests/shelf/odd_models.py.

DIR/NAME.pt for each, and DIR/models.json: {"NAME": {"inputs": ["1x3x32x32"], "refused": "words of the reason"}}, the
latter only for those that cannot be imported. Needs python3-torch and python3-torchvision, and so Debian's interpreter.
"""
import json
import pathlib
import sys
import warnings
import zipfile
from typing import Optional

import torch
import torchvision
from torch import nn
from torch.ao.quantization import get_default_qconfig_mapping
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx
from torch.nn import functional as F
from torch.utils.mobile_optimizer import optimize_for_mobile

PHOTO = torch.rand(1, 3, 32, 32)


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, 1, 1)


class SliceChannel(Base):
    def forward(self, x):
        y = self.conv(x).contiguous()
        y[:, 0:4] = y[:, 0:4].sigmoid()
        return y


class SliceLast(Base):
    def forward(self, x):
        y = self.conv(x)
        y[..., 0:2] = y[..., 0:2] * 2 - 0.5
        return y


class SelectScale(Base):
    def forward(self, x):
        y = self.conv(x)
        y[:, 0] *= 2.0
        return y


class Mask(Base):
    def forward(self, x):
        y = self.conv(x)
        y[y < 0] = 0.
        return y


class TruthValues(Base):
    """A mask of which parts are set by hand."""

    def forward(self, x):
        y = self.conv(x)
        m = y > 0
        m[:, 2] = False
        m[:, 3:5] = True
        m[y < -1] = True
        return torch.where(m, y, torch.zeros_like(y))


class Canvas(Base):
    """Padding by hand: zeros that the map is put on."""

    def forward(self, x):
        y = self.conv(x)
        z = torch.zeros(1, 8, 40, 40)
        z[:, :, 4:36, 4:36] = y
        return z


class Shift(Base):
    """A temporal or feature shift."""

    def forward(self, x):
        y = self.conv(x)
        z = torch.zeros_like(y)
        z[:, :4, 1:] = y[:, :4, :-1]
        z[:, 4:] = y[:, 4:]
        return z


class NormaliseIn(Base):
    """Preprocessing inside."""

    def forward(self, x):
        x = x.clone()
        x[:, 0] = (x[:, 0] - 0.485) / 0.229
        x[:, 1] = (x[:, 1] - 0.456) / 0.224
        x[:, 2] = (x[:, 2] - 0.406) / 0.225
        return self.conv(x)


class ConstantMask(Base):
    def forward(self, x):
        m = torch.zeros(32, 32)
        for i, rows in enumerate((slice(0, 16), slice(16, 32))):
            m[rows, :] = i
        return self.conv(x) * m


class WholeTensors(Base):
    def forward(self, x):
        return self.conv(x).mul_(2).add_(1).clamp_(min=0)


class Head(nn.Module):
    """A detection head of the YOLO family: maps of two scales, boxes written into the predictions."""

    def __init__(self, form):
        super().__init__()
        self.form, self.outputs, self.anchors_each = form, 9, 3
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 8, 1), nn.BatchNorm2d(8), nn.SiLU(inplace=True))
        self.down = nn.Conv2d(8, 8, 3, 2, 1)
        self.heads = nn.ModuleList(nn.Conv2d(8, self.outputs * self.anchors_each, 1) for _ in range(2))
        self.register_buffer("anchors", torch.rand(2, 3, 2) * 4 + 1)

    def forward(self, x):
        x = self.stem(x)
        boxes, raw = [], []
        for i, (head, stride) in enumerate(zip(self.heads, (8., 16.))):
            y = head(x)
            b, _, rows, columns = y.shape
            y = y.view(b, self.anchors_each, self.outputs, rows, columns).permute(0, 1, 3, 4, 2).contiguous()
            raw.append(y)
            down, across = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
            grid = torch.stack((across, down), 2).view(1, 1, rows, columns, 2).float()
            y = y.sigmoid()
            y[..., 0:2] = (y[..., 0:2] * 2 - 0.5 + grid) * stride
            y[..., 2:4] = (y[..., 2:4] * 2) ** 2 * (self.anchors[i] * stride).view(1, 3, 1, 1, 2)
            boxes.append(y.view(b, -1, self.outputs))
            x = self.down(x)
        boxes = torch.cat(boxes, 1)
        if self.form == "tuple":
            return boxes, raw
        if self.form == "dict":
            return {"pred": boxes, "p3": raw[0]}
        return raw if self.form == "list" else boxes


class Table(nn.Module):
    """A relative position table, looked into by whole numbers that the model keeps."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.table = nn.Parameter(torch.rand(49, 8))
        self.register_buffer("idx", torch.randint(0, 49, (30, 30)))

    def forward(self, x):
        return self.conv(x) + self.table[self.idx].permute(2, 0, 1)


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.linear = nn.Embedding(10, 8), nn.Linear(8, 4)

    def forward(self, x):
        return self.linear(self.table(x).mean(1))


class Rate(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 4, 9)

    def forward(self, x, sr: int):
        if sr > 8000:
            x = x[:, :, ::sr // 8000]
        return self.conv(x) * sr


class ArgMax(Base):
    def forward(self, x):
        return self.conv(x).argmax(1)


class Loud(Base):
    """Amplifies rounding."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(8)
        self.norm.running_mean.normal_()
        self.norm.running_var.uniform_(0.5, 1.5)

    def forward(self, x):
        return torch.sin(3000 * self.norm(self.conv(x)))


def pad_same(x, kernel: int, stride: int):
    rows, columns = x.shape[-2:]
    down = max((-(rows // -stride) - 1) * stride + kernel - rows, 0)
    across = max((-(columns // -stride) - 1) * stride + kernel - columns, 0)
    if down > 0 or across > 0:
        x = F.pad(x, [across // 2, across - across // 2, down // 2, down - down // 2])
    return x


class SamePadding(nn.Module):
    """As EfficientNet and MixNet have it from TensorFlow."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, 2)

    def forward(self, x):
        return torch.sigmoid(self.conv(pad_same(x, 3, 2)))


class Grids(nn.Module):
    """YOLOv5's head in script: grids are kept and made anew for another shape."""

    grid: torch.Tensor
    dynamic: bool

    def __init__(self):
        super().__init__()
        self.conv, self.grid, self.dynamic = nn.Conv2d(3, 8, 3, 2, 1), torch.zeros(1), False

    def forward(self, x):
        y = self.conv(x).permute(0, 2, 3, 1).contiguous()
        if self.dynamic or self.grid.shape[:1] != y.shape[1:2]:
            down, across = torch.meshgrid([torch.arange(y.size(1)), torch.arange(y.size(2))])
            self.grid = torch.stack((across, down), 2).float()
        y = y.sigmoid()
        y[..., 0:2] = (y[..., 0:2] * 2. - 0.5 + self.grid) * 8.
        return y


class Recurrent(nn.Module):
    """A state that need not be given, as in recurrent matting."""

    def __init__(self):
        super().__init__()
        self.conv, self.state = nn.Conv2d(3, 4, 3, 1, 1), nn.Conv2d(8, 4, 3, 1, 1)

    def forward(self, x, r: Optional[torch.Tensor] = None, ratio: float = 1.):
        if ratio != 1.:
            x = F.interpolate(x, scale_factor=ratio, mode="bilinear", recompute_scale_factor=False)
        y = self.conv(x)
        if r is None:
            r = torch.zeros_like(y)
        r = torch.tanh(self.state(torch.cat([y, r], 1)))
        return y * r, r


class Normalize(Base):
    """As torchvision's transforms have it, in script."""

    def forward(self, x):
        return self.conv(torchvision.transforms.functional.normalize(x, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))


class Deformed(nn.Module):
    def __init__(self):
        super().__init__()
        self.offsets, self.conv = nn.Conv2d(3, 18, 3, padding=1), torchvision.ops.DeformConv2d(3, 8, 3, padding=1)

    def forward(self, x):
        return self.conv(x, self.offsets(x))


class Boxes(nn.Module):
    def forward(self, x):
        boxes = torch.cat([x[:, :2], x[:, :2] + x[:, 2:].abs() + 0.1], 1)
        return boxes[torchvision.ops.nms(boxes, x[:, 0], 0.3)]


class Mobile(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.each = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 8, 3, groups=8)
        self.up, self.linear = nn.ConvTranspose2d(8, 6, 3, 2, 1, 1), nn.Linear(6, 4)

    def forward(self, x):
        x = self.each(F.relu(self.norm(self.conv(x))))
        return self.linear(F.hardtanh(self.up(x), -1., 6.).mean([2, 3]))


class QuantisedWeights(nn.Module):
    """Kept as whole numbers, and used as floats."""

    def __init__(self):
        super().__init__()
        self.register_buffer("w", torch.quantize_per_tensor(torch.rand(8, 3, 3, 3) - 0.5, 0.01, 0, torch.qint8))

    def forward(self, x):
        return torch.conv2d(x, self.w.dequantize())


class Bits(nn.Module):
    """The absolute value, as somebody in a hurry makes it."""

    def forward(self, x):
        return x.view(torch.int32).bitwise_and(0x7fffffff).view(torch.float32)


def quantised():
    """Calibrated and quantised before it is saved, weights and what is computed."""
    torch.backends.quantized.engine = "qnnpack"
    model = prepare_fx(Mobile().eval(), get_default_qconfig_mapping("qnnpack"), (PHOTO,))
    model(PHOTO)
    return traced(convert_fx(model))


LIBRARY = torch.library.Library("mylib", "DEF")
LIBRARY.define("twice(Tensor x) -> Tensor")
LIBRARY.impl("twice", lambda x: x * 2, "CompositeImplicitAutograd")


class OtherLibrary(nn.Module):
    def forward(self, x):
        return torch.ops.mylib.twice(x)


class LaterVersion:
    """A file that says it is of a format which is not there yet."""

    def save(self, file):
        traced(Mask()).save(file)
        with zipfile.ZipFile(file) as before:
            records = {name: before.read(name) for name in before.namelist()}
        with zipfile.ZipFile(file, "w") as after:
            for name, content in records.items():
                after.writestr(name, b"99\n" if name.endswith("/version") else content)


def traced(model, *inputs):
    return torch.jit.trace(model.eval(), inputs or (PHOTO,), strict=False, check_trace=False)


def scripted(model):
    return torch.jit.script(model.eval())


MODELS = {
    **{model.__name__: (lambda model=model: traced(model()), ["1x3x32x32"]) for model in (
        SliceChannel, SliceLast, SelectScale, Mask, TruthValues, Canvas, Shift, NormaliseIn, ConstantMask, WholeTensors, Table, ArgMax,
        Loud, SamePadding, Deformed)},
    **{model.__name__ + "_scripted": (lambda model=model: scripted(model()), ["1x3x32x32"]) for model in (
        SliceLast, SelectScale, TruthValues, Canvas, NormaliseIn, SamePadding, Grids, Recurrent, Normalize)},
    "QuantisedWeights": (lambda: scripted(QuantisedWeights()), ["1x3x32x32"]),
    **{"Head_" + form: (lambda form=form: traced(Head(form)), ["1x3x32x32"]) for form in ("one", "tuple", "list", "dict")},
    "Tokens": (lambda: traced(Tokens(), torch.randint(0, 10, (1, 6))), ["1x6"]),
    "Tokens_said": (lambda: traced(Tokens(), torch.randint(0, 10, (1, 6))), ["1x6:int64"]),
    "Rate": (lambda: scripted(Rate()), ["1x1x400", "sr=16000"]),
    "Recurrent_twice": (lambda: scripted(Recurrent()), ["1x3x32x32", "r=1x4x16x16", "ratio=0.5"]),
    "Double": (lambda: traced(Mobile().double(), PHOTO.double()),
               ["1x3x32x32"]),
    "Mobile": (lambda: optimize_for_mobile(scripted(Mobile())), ["1x3x32x32"]),
    "swin_t": (lambda: traced(torchvision.models.swin_t(num_classes=10), torch.rand(1, 3, 64, 64)), ["1x3x64x64"]),
    "swin_v2_t": (lambda: traced(torchvision.models.swin_v2_t(num_classes=10), torch.rand(1, 3, 96, 96)), ["1x3x96x96"]),
}
REFUSED = {
    "OtherLibrary": (lambda: scripted(OtherLibrary()), ["1x3x32x32"], "an op of the library mylib's own"),
    "LaterVersion": (LaterVersion, ["1x3x32x32"], "the file is of format 99 and LibTorch"),
    "Rate_unsaid": (lambda: scripted(Rate()), ["1x1x400"], "such as `--input sr=16000`"),
    "Boxes": (lambda: scripted(Boxes()), ["20x4"], "takes another way for other input values"),
    "Dynamic": (lambda: scripted(torch.quantization.quantize_dynamic(Tokens().eval(), {nn.Linear}, dtype=torch.qint8)),
                ["1x6"], "the model is quantised (quantized::linear_dynamic"),
    "Static": (quantised, ["1x3x32x32"], "the model is quantised"),
    "Bits": (lambda: traced(Bits()), ["1x3x32x32"], "the op aten::view at "),
    "Inference": (lambda: torch.jit.optimize_for_inference(scripted(Mobile())), ["1x3x32x32"],
                  "`torch.jit.optimize_for_inference`"),
}


def main():
    folder = pathlib.Path(sys.argv[1])
    warnings.filterwarnings("ignore")
    made = {}
    for name, (make, inputs, *refused) in {**MODELS, **REFUSED}.items():
        torch.manual_seed(1)
        make().save(str(folder / f"{name}.pt"))
        made[name] = {"inputs": inputs, **({"refused": refused[0]} if refused else {})}
    (folder / "models.json").write_text(json.dumps(made, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
