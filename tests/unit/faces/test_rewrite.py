"""The rewritten graph computes what the original does."""

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from countenance.errors import Malformed
from countenance.faces.rewrite import rewrite

RANDOM = np.random.default_rng(7)


def constant(name: str, *shape: int) -> onnx.TensorProto:
    return numpy_helper.from_array(RANDOM.normal(0, 0.5, shape).astype(np.float32), name)


def model(
    nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto], outputs: list[str], opset: int = 21
) -> onnx.ModelProto:
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, list("pqrs")) for name in outputs]
    start = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 8, 12, 12])]
    made = helper.make_model(
        helper.make_graph(nodes, "g", start, ends, constants), opset_imports=[helper.make_opsetid("", opset)]
    )
    made.ir_version = 10
    return made


def run(data: bytes, x: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    return onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"]).run(None, {"x": x})


def picture(batch: int = 1) -> NDArray[np.float32]:
    return RANDOM.normal(0, 1, (batch, 8, 12, 12)).astype(np.float32)


def operators(data: bytes) -> list[str]:
    return [node.op_type for node in onnx.load_model_from_string(data).graph.node]


@pytest.mark.parametrize("steepest", [0.9, 1.4])
def test_prelu_becomes_two_depthwise_convolutions(steepest: float) -> None:
    slopes = np.linspace(-0.5, steepest, 8, dtype=np.float32).reshape(8, 1, 1)
    before = model([helper.make_node("PRelu", ["x", "a"], ["y"])], [numpy_helper.from_array(slopes, "a")], ["y"])
    after = rewrite(before.SerializeToString(), any_size=False)
    assert "PRelu" not in operators(after)
    x = picture()
    np.testing.assert_allclose(run(after, x)[0], run(before.SerializeToString(), x)[0], atol=1e-6)


def test_prelu_with_one_slope_stays() -> None:
    slope = numpy_helper.from_array(np.array([0.25], np.float32), "a")
    before = model([helper.make_node("PRelu", ["x", "a"], ["y"])], [slope], ["y"])
    assert operators(rewrite(before.SerializeToString(), any_size=False)) == ["PRelu"]


def heads() -> onnx.ModelProto:
    nodes, constants = [], []
    for name, width in (("a", 1), ("b", 4), ("c", 10)):
        constants += [constant(f"{name}1", width, 8, 1, 1), constant(f"{name}2", width)]
        constants += [constant(f"{name}3", width, 1, 3, 3), constant(f"{name}4", width)]
        nodes.append(helper.make_node("Conv", ["x", f"{name}1", f"{name}2"], [f"{name}m"], kernel_shape=[1, 1]))
        three = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "group": width}
        nodes.append(helper.make_node("Conv", [f"{name}m", f"{name}3", f"{name}4"], [name], **three))
    return model(nodes, constants, ["a", "b", "c"])


def test_heads_on_one_tensor_become_one_branch() -> None:
    before = heads().SerializeToString()
    after = rewrite(before, any_size=True)
    assert operators(after) == ["Conv", "Conv", "Split"]
    x = picture()
    for old, new in zip(run(before, x), run(after, x), strict=True):
        np.testing.assert_allclose(new, old, atol=1e-5)


def test_heads_whose_middle_is_a_result_stay() -> None:
    proto = heads()
    proto.graph.output.append(helper.make_tensor_value_info("am", TensorProto.FLOAT, list("pqrs")))
    after = rewrite(proto.SerializeToString(), any_size=True)
    assert operators(after) == ["Conv", "Conv", "Conv", "Conv", "Split"]


@pytest.mark.parametrize("block", [0, 4, 3], ids=["per axis", "blocks", "blocks with a rest"])
def test_quantised_constants_are_folded(block: int) -> None:
    quantised = RANDOM.integers(-128, 127, (6, 8), dtype=np.int8)
    blocks = -(-8 // block) if block else 1
    scale = RANDOM.uniform(0.01, 0.1, (6, blocks) if block else 6).astype(np.float32)
    zero = RANDOM.integers(-5, 5, scale.shape, dtype=np.int8)
    options = {"axis": 1, "block_size": block} if block else {"axis": 0}
    constants = [numpy_helper.from_array(v, n) for n, v in (("q", quantised), ("s", scale), ("z", zero))]
    constants.append(numpy_helper.from_array(np.array([6, 8, 1, 1], np.int64), "shape"))
    nodes = [
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["w"], **options),
        helper.make_node("Reshape", ["w", "shape"], ["kernel"]),
        helper.make_node("Conv", ["x", "kernel"], ["y"], kernel_shape=[1, 1]),
    ]
    after = rewrite(model(nodes, constants, ["y"]).SerializeToString(), any_size=False)
    assert operators(after) == ["Conv"]
    wide = (np.repeat(v, block, axis=1)[:, :8] if block else v[:, np.newaxis] for v in (scale, zero.astype(np.float32)))
    factor, shift = wide
    kernel, x = (quantised - shift) * factor, picture()
    np.testing.assert_allclose(run(after, x)[0], np.einsum("oc,bchw->bohw", kernel, x), atol=1e-4)


def test_any_batch_and_size() -> None:
    shape = numpy_helper.from_array(np.array([1, -1, 8], np.int64), "shape")
    before = model([helper.make_node("Reshape", ["x", "shape"], ["y"])], [shape], ["y"])
    before.graph.output[0].type.tensor_type.shape.dim.pop()
    after = rewrite(before.SerializeToString(), any_size=True)
    assert run(after, picture(3))[0].shape == (3, 144, 8)
    assert run(after, picture(1)[:, :, :4, :6])[0].shape == (1, 24, 8)


def test_result_depends_on_the_source_only() -> None:
    data = heads().SerializeToString()
    assert rewrite(data, any_size=True) == rewrite(data, any_size=True)


@pytest.mark.parametrize("data", [b"", b"no model", bytes(100), heads().SerializeToString()[:-40]], ids=len)
def test_no_model(data: bytes) -> None:
    with pytest.raises(Malformed, match="ONNX"):
        rewrite(data, any_size=False)
