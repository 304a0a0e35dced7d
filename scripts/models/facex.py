"""FaceX-Zoo's MobileFaceNet (MV-Softmax) from its torch pickle to ONNX, batch norms folded.

Input [1, 3, 112, 112] f32 NCHW, BGR, (x - 127.5) / 128. Output [1, 512] f32, not yet of unit length (the network's own last step is the
L2 norm, left to the caller). The module tree, strides, paddings, groups and residual flags come from the pickle.
"""

import numpy as np

import torch_pickle
from graph import Graph, fold_batch_norm


def convert(pickle_bytes, weights):
    """bytes of face_recognition_mv.pkl, "fp32" | "fp16" | "int8" -> bytes of the ONNX model"""
    net = torch_pickle.load(pickle_bytes).module
    g = Graph("facex-mobilefacenet-mv", weights)
    x = "input"
    for name, child in net.children():
        if child.kind == "Conv_block" or child.kind == "Linear_block":
            x = conv_block(g, x, name, child)
        elif child.kind == "Depth_Wise":
            x = depth_wise(g, x, name, child)
        elif child.kind == "Residual":
            for i, block in child.model.children():
                x = depth_wise(g, x, f"{name}.model.{i}", block)
        elif child.kind == "Flatten":
            x = g.node("Flatten", [x], "flat", axis=1)
        elif child.kind == "Linear":
            linear = child
        elif child.kind == "BatchNorm1d":
            w, b = fold_batch_norm(linear.weight, np.zeros(len(linear.weight)), *norm(child))
            x = g.node("Gemm", [x, g.weight("lin.w", w), g.small("lin.b", b)], "embedding", transB=1)
        else:
            raise ValueError(f"{name}: unexpected layer {child.kind}")
    return g.model({"input": [1, 3, 112, 112]}, {"embedding": [1, 512]})


def norm(bn):
    return bn.weight, bn.bias, bn.running_mean, bn.running_var, bn.eps


def conv_block(g, x, name, block):
    """Conv_block (convolution, batch norm, PReLU) or Linear_block (without PReLU)"""
    conv = block.conv
    if conv.bias is not None or tuple(conv.dilation) != (1, 1):
        raise ValueError(f"{name}: a convolution with bias or dilation is not expected")
    w, b = fold_batch_norm(conv.weight, np.zeros(len(conv.weight)), *norm(block.bn))
    inputs = [x, g.weight(name + ".w", w), g.small(name + ".b", b)]
    pads = list(conv.padding) * 2
    y = g.node("Conv", inputs, name + ".y", group=conv.groups, kernel_shape=list(conv.kernel_size), pads=pads, strides=list(conv.stride))
    if block.kind == "Linear_block":
        return y
    slope = g.small(name + ".slope", block.prelu.weight.reshape(-1, 1, 1))
    return g.node("PRelu", [y, slope], name + ".r")


def depth_wise(g, x, name, block):
    y = conv_block(g, x, name + ".conv", block.conv)
    y = conv_block(g, y, name + ".conv_dw", block.conv_dw)
    y = conv_block(g, y, name + ".project", block.project)
    return g.node("Add", [x, y], name + ".add") if block.residual else y
