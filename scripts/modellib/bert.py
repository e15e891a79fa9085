"""The encoder of BERT-base (Devlin et al., 2018) as others export it to ONNX: 12 layers, width 768, 12 heads, 110 million weights
that mean nothing. Masked tokens are left out of the attention; batch and length stay open in the file."""
import math

import torch
from torch import nn

if int(torch.__version__.split(".")[0]) >= 2:
    import onnx  # noqa: F401  # the exporter would ask for it at the end

WORDS, POSITIONS, KINDS = 30522, 512, 2
LAYERS, WIDTH, HEADS, HIDDEN = 12, 768, 12, 3072
OPSET = 14
MASKED = -10000.  # added to the scores of masked tokens, as the original does


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.leave = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def heads(self, x):
        return x.view(x.shape[0], x.shape[1], HEADS, WIDTH // HEADS).permute(0, 2, 1, 3)

    def forward(self, x, bias):
        query, key, value = (self.heads(layer(x)) for layer in (self.query, self.key, self.value))
        scores = query @ key.transpose(2, 3) / math.sqrt(WIDTH // HEADS) + bias
        return self.leave((scores.softmax(-1) @ value).permute(0, 2, 1, 3).reshape(x.shape))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention, self.after_attention = Attention(), nn.LayerNorm(WIDTH, eps=1e-12)
        self.widen, self.narrow, self.after = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH), nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, x, bias):
        x = self.after_attention(x + self.attention(x, bias))
        return self.after(x + self.narrow(nn.functional.gelu(self.widen(x))))


class Bert(nn.Module):
    """Token ids, which of them count, and which sentence each is of (all int64, batch x length) to a vector for each token
    and one for the whole."""

    def __init__(self):
        super().__init__()
        self.words, self.positions, self.kinds = (nn.Embedding(count, WIDTH) for count in (WORDS, POSITIONS, KINDS))
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.pooler = nn.Linear(WIDTH, WIDTH)
        for part in self.modules():
            if isinstance(part, (nn.Linear, nn.Embedding)):
                nn.init.normal_(part.weight, std=.02)

    def forward(self, input_ids, attention_mask, token_type_ids):
        positions = torch.arange(input_ids.shape[1], device=input_ids.device)
        x = self.norm(self.words(input_ids) + self.positions(positions) + self.kinds(token_type_ids))
        bias = (1. - attention_mask[:, None, None, :].to(x.dtype)) * MASKED
        for layer in self.layers:
            x = layer(x, bias)
        return x, torch.tanh(self.pooler(x[:, 0]))


def export(path):
    torch.manual_seed(1)
    example = tuple(torch.ones(1, 16, dtype=torch.int64) for _ in range(3))
    names, answers = ["input_ids", "attention_mask", "token_type_ids"], ["last_hidden_state", "pooler_output"]
    open_sizes = {name: {0: "batch", 1: "length"} for name in [*names, "last_hidden_state"]}
    with torch.no_grad():
        torch.onnx.export(Bert().eval(), example, path, input_names=names, output_names=answers, opset_version=OPSET,
                          dynamic_axes={**open_sizes, "pooler_output": {0: "batch"}})
