"""SFace 2021dec with int8 weights: the published ONNX file, batch norms folded, weights stored as graph.py describes.

Input [1, 3, 112, 112] f32 NCHW, RGB, 0..=255 (the file subtracts 127.5 and multiplies by 1 / 128 itself). Output [1, 128] f32, not yet of
unit length. Biases, slopes and scales stay fp32.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

from graph import Graph, fold_batch_norm


def quantize(model_bytes):
    """bytes of face_recognition_sface_2021dec.onnx -> bytes of the ONNX model with int8 weights"""
    source = onnx.load_from_string(model_bytes).graph
    values = {t.name: numpy_helper.to_array(t) for t in source.initializer}
    g = Graph("sface-2021dec", "int8")
    for node in merge_norms(source.node, values):
        emit(g, values, *node)
    if g.nodes[-1].op_type != "Gemm" or len(source.output) != 1:
        raise ValueError("SFace: the last layer is not the fully connected one")
    g.nodes[-1].output[0] = "embedding"
    return g.model({"data": [1, 3, 112, 112]}, {"embedding": [1, 128]})


def merge_norms(nodes, values):
    """-> [(op, inputs, output, attributes)], without batch norms, which change `values`, and without dropout"""
    out, renamed, pending = [], {}, None
    for n in nodes:
        inputs = [renamed.get(i, i) for i in n.input]
        attributes = {a.name: helper.get_attribute_value(a) for a in n.attribute}
        last = out[-1] if out else None
        if n.op_type == "Dropout":
            renamed[n.output[0]] = inputs[0]
        elif n.op_type == "BatchNormalization" and last[0] in ("Conv", "Gemm") and inputs[0] == last[2]:
            w, b = last[1][1], (last[1] + [None])[2]
            zero = np.zeros(len(values[w]))
            stats = [values[i] for i in inputs[1:]] + [attributes["epsilon"]]
            bias_name = b or w + ".bias"
            values[w], values[bias_name] = fold_batch_norm(values[w], values[b] if b else zero, *stats)
            last[1][1:] = [w, bias_name]
            renamed[n.output[0]] = last[2]
        elif n.op_type == "BatchNormalization":  # after PReLU, before the fully connected layer: folded forward, into that
            gamma, beta, mean, var = (np.asarray(values[i], np.float64) for i in inputs[1:])
            if pending or inputs[0] != last[2]:
                raise ValueError("SFace: a batch norm stands where none is expected")
            k = gamma / np.sqrt(var + attributes["epsilon"])
            pending = (k, beta - mean * k)
            renamed[n.output[0]] = inputs[0]
        else:
            if n.op_type == "Gemm" and pending:
                fold_forward(values, inputs, *pending)
                pending = None
            out.append((n.op_type, inputs, n.output[0], attributes))
    return out


def fold_forward(values, inputs, k, shift):
    """Gemm(flatten(x * k + shift per channel)) -> changed weight and bias; weight is [outputs, channels * positions]"""
    w = np.asarray(values[inputs[1]], np.float64).reshape(128, len(k), -1)
    moved = np.zeros(128)
    for c in range(len(k)):  # one addition after another: the sum's order, so its last bit, is the same everywhere
        for p in range(w.shape[2]):
            moved += w[:, c, p] * shift[c]
    values[inputs[2]] = np.asarray(values[inputs[2]], np.float64) + moved
    values[inputs[1]] = (w * k[None, :, None]).reshape(128, -1)


def emit(g, values, op, inputs, output, attributes):
    named = []
    for at, name in enumerate(inputs):
        if name not in values:
            named.append(name)
        elif op in ("Conv", "Gemm") and at == 1:
            named.append(g.weight(name, values[name]))
        elif op == "PRelu":
            named.append(g.small(name, values[name].reshape(-1, 1, 1)))
        else:
            named.append(g.small(name, values[name]))
    g.node(op, named, output, **attributes)
