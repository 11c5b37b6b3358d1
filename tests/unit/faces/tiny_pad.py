"""A tiny PAD model, made on the spot: two numbers, how dark and how bright a sample is. It detects nothing."""

import hashlib
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

SIDE = 80


def network(scale: tuple[float, float] = (-1.0, 1.0)) -> bytes:
    """The mean level, times `scale`."""
    nodes = [
        helper.make_node("ReduceMean", ["data", "axes"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "scale"], ["numbers"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([1, 2, 3], np.int64), "axes"),
        numpy_helper.from_array(np.array([scale], np.float32), "scale"),
    ]
    start = [helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, SIDE, SIDE])]
    end = [helper.make_tensor_value_info("numbers", TensorProto.FLOAT, [1, 2])]
    graph = helper.make_graph(nodes, "tiny-pad", start, end, constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    made.ir_version = 8
    return made.SerializeToString()


def card(folder: Path, *, model: bytes | None = None, **changes: object) -> Path:
    """Write model and card into `folder`; the card's path. `changes`: entries by name."""
    data = network() if model is None else model
    (folder / "pad.onnx").write_bytes(data)
    entries = {
        "task": "pad",
        "sha256": hashlib.sha256(data).hexdigest(),
        "numbers": 2,
        "index": 1,
        "softmax": True,
        "higher": "bona-fide",
        "attack": 0.5,
    } | changes
    written = {
        key: f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}"
        for key, value in entries.items()
        if value is not None
    }
    head = "\n".join(written.pop(key) for key in ("task", "sha256") if key in written)
    limit = written.pop("attack", "")
    path = folder / "pad.toml"
    path.write_text(f"""
name = "tiny-pad"
{head}
licence = "CC0-1.0"
source = "made in a test"
file = "pad.onnx"
[input]
width = {SIDE}
height = {SIDE}
order = "RGB"
mean = [127.5, 127.5, 127.5]
std = [10.0, 10.0, 10.0]
[output]
{chr(10).join(written.values())}
[alignment]
points = [[32.0, 32.0], [48.0, 32.0], [40.0, 40.0], [34.0, 48.0], [46.0, 48.0]]
[thresholds]
{limit}
""")
    return path
