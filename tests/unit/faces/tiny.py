"""A tiny extractor in the style of ArcFace, made on the spot: 112 x 112, blue first, 512 numbers."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

DIMENSION = 512
WEIGHTS: NDArray[np.float32] = np.random.default_rng(3).normal(0, 1, (3 * 16, DIMENSION)).astype(np.float32)
SLOPES = np.array([0.3, -0.2, 0.9], np.float32)


def network(weights: NDArray[np.float32] = WEIGHTS) -> bytes:
    """PRelu, then means over 28 x 28 pixels, then one matrix."""
    nodes = [
        helper.make_node("PRelu", ["data", "slopes"], ["bent"]),
        helper.make_node("AveragePool", ["bent"], ["means"], kernel_shape=[28, 28], strides=[28, 28]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights"], ["embedding"]),
    ]
    constants = [
        numpy_helper.from_array(SLOPES.reshape(3, 1, 1), "slopes"),
        numpy_helper.from_array(weights, "weights"),
    ]
    start = [helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, 112, 112])]
    end = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, weights.shape[1]])]
    graph = helper.make_graph(nodes, "tiny", start, end, constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    made.ir_version = 8
    return made.SerializeToString()


def expected(sample: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the network computes, in numpy; before it is brought to unit length."""
    levels = (sample[:, :, ::-1].astype(np.float32) - 127.5) / 128.0
    bent = np.where(levels > 0, levels, levels * SLOPES)
    means = bent.reshape(4, 28, 4, 28, 3).mean(axis=(1, 3)).transpose(2, 0, 1)
    return means.reshape(-1) @ WEIGHTS


def card(folder: Path, *, model: bytes | None = None, dimension: int = DIMENSION, digest: str = "") -> Path:
    """Write model and card into `folder`; the card's path."""
    data = network() if model is None else model
    (folder / "tiny.onnx").write_bytes(data)
    path = folder / "tiny.toml"
    path.write_text(f"""
name = "tiny"
task = "extractor"
licence = "CC0-1.0"
source = "made in a test"
file = "tiny.onnx"
sha256 = "{digest or hashlib.sha256(data).hexdigest()}"
[input]
width = 112
height = 112
order = "BGR"
mean = [127.5, 127.5, 127.5]
std = [128.0, 128.0, 128.0]
[output]
dimension = {dimension}
[alignment]
template = "arcface"
[thresholds]
verification = 0.25
""")
    return path
