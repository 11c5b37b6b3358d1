"""Rewrite an ONNX graph so that onnxruntime runs it, and runs it fast, with the same results.

Four steps, none of which changes what is computed by more than float32 rounding:

1. *fold*: DequantizeLinear (block-quantised or not) and Reshape of constants become float32 constants; graph inputs
   that nobody feeds are dropped.
2. *PReLU* with one slope a channel becomes `a * y + Relu((1 - a) * y)`, the products as depthwise 1x1 convolutions:
   onnxruntime has no blocked-layout kernel for PRelu and would reorder the tensor around each one.
3. *heads*: branches "1x1 convolution, then depthwise 3x3" that read the same tensor and end in few channels become one
   branch and a Split: a blocked-layout convolution costs the same for 1 output channel as for 8.
4. *free the sizes*: batch and, if asked, height and width become symbolic.

The bytes written depend only on the bytes read (and on the version of the `onnx` package).
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from countenance.errors import Malformed

FEW_CHANNELS = 16
Constants = dict[str, NDArray[np.generic]]


def rewrite(model: bytes, *, any_size: bool) -> bytes:
    """The rewritten model; `any_size` frees height and width as well as the batch. Raises Malformed for no ONNX."""
    try:
        return _rewritten(onnx.load_model_from_string(model), any_size=any_size)
    except (DecodeError, ValueError, TypeError, LookupError) as error:
        raise Malformed("the model file is not a valid ONNX model: export it again") from error


def _rewritten(proto: onnx.ModelProto, *, any_size: bool) -> bytes:
    graph = proto.graph
    if not graph.node:
        raise ValueError("no graph")
    constants: Constants = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    nodes = _without_prelu(_folded(graph.node, constants), constants)
    nodes = _free_reshapes(_merged_heads(nodes, constants, {item.name for item in graph.output}), constants)
    used = {name for node in nodes for name in node.input}
    inputs = [_freed(item, any_size=any_size) for item in graph.input if item.name in used - constants.keys()]
    outputs = [_freed(item, any_size=any_size) for item in graph.output]
    kept = [numpy_helper.from_array(np.ascontiguousarray(constants[n]), n) for n in sorted(used & constants.keys())]
    made = helper.make_model(
        helper.make_graph(nodes, graph.name, inputs, outputs, kept), opset_imports=proto.opset_import
    )
    made.ir_version = max(8, min(proto.ir_version, 10))
    return bytes(made.SerializeToString(deterministic=True))


def _folded(nodes: Iterable[onnx.NodeProto], constants: Constants) -> list[onnx.NodeProto]:
    kept = []
    for node in nodes:
        if node.op_type == "DequantizeLinear" and all(name in constants for name in node.input):
            constants[node.output[0]] = _dequantised(node, constants)
        elif node.op_type == "Reshape" and all(name in constants for name in node.input):
            shape = [int(size) for size in constants[node.input[1]].tolist()]
            constants[node.output[0]] = constants[node.input[0]].reshape(shape)
        else:
            kept.append(node)
    return kept


def _dequantised(node: onnx.NodeProto, constants: Constants) -> NDArray[np.generic]:
    """ONNX DequantizeLinear-21: (x - zero point) * scale, scales per tensor, per axis or per block along an axis."""
    attributes = _attributes(node)
    quantised, scale = (constants[name].astype(np.float32) for name in node.input[:2])
    zero = constants[node.input[2]].astype(np.float32) if len(node.input) > 2 else np.zeros_like(scale)
    axis, block = attributes.get("axis", 1), attributes.get("block_size", 0)
    if block:
        scale, zero = (np.repeat(part, block, axis=axis) for part in (scale, zero))
        window = tuple(slice(size) for size in quantised.shape)
        scale, zero = scale[window], zero[window]
    elif scale.ndim == 1 and scale.size > 1:
        shape = [-1 if place == axis % quantised.ndim else 1 for place in range(quantised.ndim)]
        scale, zero = scale.reshape(shape), zero.reshape(shape)
    return np.asarray((quantised - zero) * scale, np.float32)


def _without_prelu(nodes: list[onnx.NodeProto], constants: Constants) -> list[onnx.NodeProto]:
    kept = []
    for node in nodes:
        slope = constants.get(node.input[1]) if node.op_type == "PRelu" else None
        if slope is None or slope.ndim < 3 or slope.size != slope.shape[-3] or slope.size == 1:
            kept.append(node)
            continue
        source, target, channels = node.input[0], node.output[0], slope.size
        column = slope.astype(np.float32).reshape(channels, 1, 1, 1)
        constants[f"{target}/slope"], constants[f"{target}/rest"] = column, np.float32(1) - column
        depthwise: dict[str, Any] = {"group": channels, "kernel_shape": [1, 1]}
        linear, bent, scaled = f"{target}/linear", f"{target}/bent", f"{target}/scaled"
        kept.append(helper.make_node("Conv", [source, f"{target}/slope"], [linear], **depthwise))
        # Where 1 - a is not negative it may go inside the Relu, which onnxruntime then does within the convolution.
        first, second = (scaled, bent) if column.max() <= 1 else (bent, scaled)
        steps = {scaled: ("Conv", [f"{target}/rest"], depthwise), bent: ("Relu", [], {})}
        for name, place in ((first, source), (second, first)):
            operator, weights, attributes = steps[name]
            kept.append(helper.make_node(operator, [place, *weights], [name], **attributes))
        kept.append(helper.make_node("Add", [linear, second], [target]))
    return kept


def _merged_heads(nodes: list[onnx.NodeProto], constants: Constants, results: set[str]) -> list[onnx.NodeProto]:
    readers: dict[str, list[onnx.NodeProto]] = defaultdict(list)
    for node in nodes:
        for name in node.input:
            readers[name].append(node)
    siblings: dict[str, list[tuple[onnx.NodeProto, onnx.NodeProto]]] = defaultdict(list)
    for node in nodes:
        after = readers[node.output[0]]
        if len(after) == 1 and node.output[0] not in results and _is_branch(node, after[0], constants):
            siblings[node.input[0]].append((node, after[0]))
    gone: dict[int, list[onnx.NodeProto]] = {}
    for source, branches in siblings.items():
        if len(branches) > 1:
            gone.update({id(node): [] for branch in branches for node in branch})
            gone[id(branches[0][0])] = _one_branch(source, branches, constants)
    return [new for node in nodes for new in gone.get(id(node), [node])]


def _is_branch(first: onnx.NodeProto, second: onnx.NodeProto, constants: Constants) -> bool:
    if not (first.op_type == second.op_type == "Conv" and len(first.input) == len(second.input) == 3):
        return False
    if not all(name in constants for name in [*first.input[1:], *second.input[1:]]):
        return False
    mixing, spatial = constants[first.input[1]], constants[second.input[1]]
    plain = {"strides": [1, 1], "dilations": [1, 1], "group": 1}
    ones, threes = _attributes(first), _attributes(second)
    channels = mixing.shape[0]
    return (
        channels <= FEW_CHANNELS
        and mixing.shape[2:] == (1, 1)
        and spatial.shape == (channels, 1, 3, 3)
        and all(ones.get(key, value) == value for key, value in plain.items())
        and ones.get("pads", [0, 0, 0, 0]) == [0, 0, 0, 0]
        and all(threes.get(key, value) == value for key, value in (plain | {"group": channels}).items())
        and threes.get("pads") == [1, 1, 1, 1]
    )


def _one_branch(
    source: str, branches: list[tuple[onnx.NodeProto, onnx.NodeProto]], constants: Constants
) -> list[onnx.NodeProto]:
    name = f"{source}/heads"
    for place, (part, index) in enumerate([(0, 1), (0, 2), (1, 1), (1, 2)]):
        constants[f"{name}/{place}"] = np.concatenate([constants[branch[part].input[index]] for branch in branches])
    widths = [constants[second.input[1]].shape[0] for _, second in branches]
    constants[f"{name}/widths"] = np.array(widths, np.int64)
    three: dict[str, Any] = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "group": sum(widths)}
    return [
        helper.make_node("Conv", [source, f"{name}/0", f"{name}/1"], [f"{name}/mixed"], kernel_shape=[1, 1]),
        helper.make_node("Conv", [f"{name}/mixed", f"{name}/2", f"{name}/3"], [f"{name}/all"], **three),
        helper.make_node(
            "Split", [f"{name}/all", f"{name}/widths"], [second.output[0] for _, second in branches], axis=1
        ),
    ]


def _free_reshapes(nodes: list[onnx.NodeProto], constants: Constants) -> list[onnx.NodeProto]:
    """A Reshape to (1, …) copies the batch instead, so that the model takes any batch."""
    for node in nodes:
        shape = constants.get(node.input[1]) if node.op_type == "Reshape" else None
        if shape is not None and shape.size > 1 and int(shape.flat[0]) == 1 and "allowzero" not in _attributes(node):
            constants[node.input[1]] = np.concatenate([np.zeros(1, np.int64), shape[1:].astype(np.int64)])
    return nodes


def _freed(item: onnx.ValueInfoProto, *, any_size: bool) -> onnx.ValueInfoProto:
    """The same input or output with a symbolic batch; with `any_size`, all but the channels of an image are free."""
    freed = onnx.ValueInfoProto()
    freed.CopyFrom(item)
    sizes = freed.type.tensor_type.shape.dim
    for place, size in enumerate(sizes):
        middle = place in (2, 3) if len(sizes) == 4 else place == 1
        if place == 0 or (any_size and middle):
            size.Clear()
            size.dim_param = "batch" if place == 0 else f"{item.name}/{place}"
    return freed


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {item.name: helper.get_attribute_value(item) for item in node.attribute}
