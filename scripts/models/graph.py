"""A small static ONNX graph, written node by node. Weights may be stored as fp32, fp16 or int8; the arithmetic is always fp32.

int8 weights are symmetric with one scale per output channel: w = q * scale, q in -127..=127, scale = max |w| / 127. They appear as an int8
initializer -> Cast to float -> Mul by the scale, which a runtime folds into a constant when it loads the model. Kernels with few weights per
output channel (the depthwise ones and the first) stay fp16 in an int8 model: that costs 39 KB of 1.36 MB and takes three quarters of the error away.
"""

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

OPSET = 13
IR_VERSION = 8
FLOAT = TensorProto.FLOAT
LEAST_INT8_WEIGHTS = 64  # per output channel; fewer are stored as fp16


class Graph:
    def __init__(self, name, weights="fp32"):
        self.name, self.weights = name, weights
        self.nodes, self.initializers = [], []

    def const(self, name, array):
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def small(self, name, array):
        """biases, slopes and scales: always fp32"""
        return self.const(name, np.asarray(array, np.float32))

    def node(self, op, inputs, output, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def weight(self, name, array):
        """A weight with the output channel as its first axis, stored as `self.weights` says; returns an fp32 value's name."""
        w = np.asarray(array, np.float64)
        if self.weights == "fp32":
            return self.small(name, w)
        if self.weights == "fp16" or w.size < LEAST_INT8_WEIGHTS * w.shape[0]:
            return self.node("Cast", [self.const(name + ".f16", w.astype(np.float16))], name, to=FLOAT)
        scale = np.abs(w).reshape(w.shape[0], -1).max(1) / 127.0
        scale = np.where(scale > 0, scale, 1.0).astype(np.float32).reshape([-1] + [1] * (w.ndim - 1))
        q = np.clip(np.rint(w / scale), -127, 127).astype(np.int8)
        wide = self.node("Cast", [self.const(name + ".i8", q)], name + ".wide", to=FLOAT)
        return self.node("Mul", [wide, self.small(name + ".scale", scale)], name)

    def affine_u8(self, name, array, scale, minimum):
        """A weight stored as uint8 with value = q * scale + minimum."""
        wide = self.node("Cast", [self.const(name + ".u8", array)], name + ".wide", to=FLOAT)
        scaled = self.node("Mul", [wide, self.small(name + ".scale", scale)], name + ".scaled")
        return self.node("Add", [scaled, self.small(name + ".min", minimum)], name)

    def model(self, inputs, outputs):
        """inputs, outputs: {name: shape}, all fp32 -> the bytes of the model, the same every time"""
        io = [[helper.make_tensor_value_info(n, FLOAT, s) for n, s in v.items()] for v in (inputs, outputs)]
        graph = helper.make_graph(self.nodes, self.name, io[0], io[1], self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="visavis")
        checker.check_model(model, full_check=True)
        return model.SerializeToString(deterministic=True)


def fold_batch_norm(weight, bias, gamma, beta, mean, var, eps):
    """Folds a batch norm into the layer before it (output channel first), in f64 -> (weight, bias)"""
    w, b = np.asarray(weight, np.float64), np.asarray(bias, np.float64)
    k = np.asarray(gamma, np.float64) / np.sqrt(np.asarray(var, np.float64) + eps)
    return w * k.reshape([-1] + [1] * (w.ndim - 1)), (b - np.asarray(mean, np.float64)) * k + np.asarray(beta, np.float64)
