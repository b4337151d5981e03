"""Trains a recorded training again, in eager PyTorch: train.py DIRECTORY [float32 | float64].

DIRECTORY holds training.json and training.npz, which recorded-training.ts describes: rows, batches, learning rates, initial
weights. The network, its loss, its gradient and Adam are PyTorch's own. Prints the validation loss after each sub-epoch,
as a JSON list. Networks may have any shape but no dropout and no batch norm.
"""
import json
import os
import sys
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import torch
from torch import nn

torch.set_num_threads(1)
directory = Path(sys.argv[1])
precision = getattr(torch, sys.argv[2] if len(sys.argv) > 2 else "float32")
about = json.loads((directory / "training.json").read_text())
arrays = np.load(directory / "training.npz")
spec = about["spec"]

parameters = {
    name: nn.Parameter(torch.from_numpy(arrays[f"initial/{name}"]).to(precision)) for name in about["parameters"]
}


def activated(layer, path, z):
    kind = layer["activation"]
    if kind == "swish":
        return z * torch.sigmoid(z)
    if kind == "prelu":
        return nn.functional.prelu(z, parameters[f"{path}.slope"])
    return {"relu": torch.relu, "selu": torch.selu, "identity": lambda same: same}[kind](z)


def linear(path, x):
    return x @ parameters[f"{path}.weight"] + parameters[f"{path}.bias"]


def hidden(layer, path, x):
    return activated(layer, path, linear(path, x))


def block(part, path, x, inputs):
    kind = part["kind"]
    if kind == "sequence":
        for i, inner in enumerate(part["blocks"]):
            x = block(inner, f"{path}.{i}", x, inputs)
        return x
    if kind == "parallel":
        branches = (branch(inner, f"{path}.{i}", x, inputs) for i, inner in enumerate(part["branches"]))
        return torch.cat(list(branches), 1)
    given = x
    for k, layer in enumerate(part["layers"]):
        h = hidden(layer, f"{path}.{k}", x)
        x = torch.cat((h, x), 1) if kind == "dense" and k + 1 < len(part["layers"]) else h
    return given + x if kind == "residual" else x


def branch(part, path, x, inputs):
    embedded, continuous = inputs
    if "inputs" in part:
        chosen = part["inputs"]
        x = chosen_inputs(inputs, chosen["embeddings"], chosen["continuous"])
        if "bottleneck" in part:
            others = chosen_inputs(
                inputs,
                [i for i in range(len(embedded)) if i not in chosen["embeddings"]],
                [i for i in range(continuous.shape[1]) if i not in chosen["continuous"]],
            )
            x = torch.cat((x, hidden(part["bottleneck"], f"{path}.bottleneck", others)), 1)
    return block(part["body"], path, x, inputs) if "body" in part else x


def chosen_inputs(inputs, embeddings, continuous):
    return torch.cat([inputs[0][i] for i in embeddings] + [inputs[1][:, continuous]], 1)


def network(continuous, codes):
    """The sums before the sigmoid."""
    embedded = [parameters[f"embedding.{i}"][codes[:, i]] for i in range(codes.shape[1])]
    inputs = (embedded, continuous)
    x = torch.cat([*embedded, continuous], 1)
    if "kind" in spec:
        return linear("head.0", block(spec["body"], "body", x, inputs))
    layer = {"activation": spec["activation"]}
    body = {"kind": "dense" if spec["dense"] else "layers", "layers": [layer] * spec["depth"]}
    return linear("output", block(body, "hidden", x, inputs))


def rows_of(under):
    read = lambda name: torch.from_numpy(arrays[f"{under}/{name}"])
    return (
        read("continuous").to(precision),
        read("codes").long(),
        read("targets").to(precision),
        read("weights").to(precision)[:, None],
    )


def loss_of(continuous, codes, targets, weights):
    sums = network(continuous, codes)
    return nn.functional.binary_cross_entropy_with_logits(sums, targets, weight=weights.expand_as(sums))


beta2, epsilon = about["adam"]["beta2"], about["adam"]["epsilon"]
optimiser = torch.optim.Adam(parameters.values(), betas=(0.9, beta2), eps=epsilon)
(group,) = optimiser.param_groups
validation = rows_of("validation")
losses = []
for sub_epoch in range(len(about["losses"])):
    data = rows_of(sub_epoch)
    batches = torch.from_numpy(arrays[f"{sub_epoch}/batches"]).long()
    for rows, (learning_rate, beta1) in zip(batches, arrays[f"{sub_epoch}/settings"].tolist()):
        group["lr"], group["betas"] = learning_rate, (beta1, beta2)
        optimiser.zero_grad(set_to_none=True)
        loss_of(*(values[rows] for values in data)).backward()
        optimiser.step()
    with torch.no_grad():
        losses.append(float(loss_of(*validation)))
print(json.dumps(losses))
