"""face-api's expression network (FaceExpressionNet) from its uint8 weights to ONNX.

Input [1, 3, 112, 112] f32 NCHW, RGB, 0..=255. Output [1, 7] f32 probabilities: neutral, happy, sad, angry, fearful, disgusted, surprised.
The network is that of src/faceExpressionNet, src/faceFeatureExtractor (FaceFeatureExtractor.ts, denseBlock.ts) in the package: mean
subtraction, / 255, four dense blocks of four layers each (a convolution first, depthwise separable convolutions after), average pooling
over 7 x 7, one fully connected layer, softmax. Weights stay uint8 with the scale and minimum of the package's manifest.
"""

import json

import numpy as np

from graph import Graph

MEAN_RGB = [122.782, 117.001, 104.298]  # FaceFeatureExtractor.ts
DTYPES = {"uint8": np.dtype("u1"), "float32": np.dtype("<f4")}


def read_weights(manifest_json, data):
    """the manifest and weights of a tfjs model -> {name: (array, (scale, min) or None)}"""
    out, at = {}, 0
    for group in json.loads(manifest_json):
        for entry in group["weights"]:
            quantization = entry.get("quantization")
            dtype = DTYPES[quantization["dtype"] if quantization else entry["dtype"]]
            count = int(np.prod(entry["shape"]))
            array = np.frombuffer(data, dtype, count, at).reshape(entry["shape"])
            at += count * dtype.itemsize
            out[entry["name"]] = (array, (quantization["scale"], quantization["min"]) if quantization else None)
    if at != len(data):
        raise ValueError(f"expression weights: {len(data)} bytes, the manifest describes {at}")
    return out


def convert(manifest_json, data):
    """-> bytes of the ONNX model"""
    weights = read_weights(manifest_json, data)
    g = Graph("face-api-expression")
    x = g.node("Sub", ["input", g.small("mean_rgb", np.reshape(MEAN_RGB, (1, 3, 1, 1)))], "centred")
    x = g.node("Div", [x, g.small("full_scale", 255.0)], "normalized")
    for block in range(4):
        x = dense_block(g, weights, x, f"dense{block}", first=block == 0)
    x = g.node("AveragePool", [x], "pooled", kernel_shape=[7, 7], strides=[2, 2])
    x = g.node("Flatten", [x], "flat", axis=1)
    fc = quantized(g, weights, "fc/weights", None)  # [256, 7], as Gemm wants it without transB
    x = g.node("Gemm", [x, fc, bias(g, weights, "fc/bias")], "logits")
    g.node("Softmax", [x], "probabilities", axis=1)
    return g.model({"input": [1, 3, 112, 112]}, {"probabilities": [1, 7]})


def quantized(g, weights, name, axes):
    array, (scale, minimum) = weights[name]
    return g.affine_u8(name, array if axes is None else array.transpose(axes), scale, minimum)


def bias(g, weights, name):
    return g.small(name, weights[name][0])


def conv(g, x, name, weight, bias_name, stride, group):
    # TensorFlow's "same" with an even input: stride 2 pads right and below only.
    size = 1 if weight.endswith("pointwise_filter") else 3
    pads = [0, 0, 0, 0] if size == 1 else ([0, 0, 1, 1] if stride == 2 else [1, 1, 1, 1])
    inputs = [x, weight] + ([bias_name] if bias_name else [])
    return g.node("Conv", inputs, name, group=group, kernel_shape=[size, size], pads=pads, strides=[stride, stride])


def separable(g, weights, x, name, stride):
    channels = weights[name + "/depthwise_filter"][0].shape[2]
    depthwise = quantized(g, weights, name + "/depthwise_filter", (2, 3, 0, 1))  # [3, 3, C, 1] -> [C, 1, 3, 3]
    pointwise = quantized(g, weights, name + "/pointwise_filter", (3, 2, 0, 1))  # [1, 1, I, O] -> [O, I, 1, 1]
    y = conv(g, x, name + "/depthwise", depthwise, None, stride, channels)
    return conv(g, y, name + "/out", pointwise, bias(g, weights, name + "/bias"), 1, 1)


def dense_block(g, weights, x, name, first):
    """denseBlock4: each layer's input is relu of the sum of all outputs before it"""
    if first:
        filters = quantized(g, weights, name + "/conv0/filters", (3, 2, 0, 1))
        y = conv(g, x, name + "/conv0/out", filters, bias(g, weights, name + "/conv0/bias"), 2, 1)
    else:
        y = separable(g, weights, x, name + "/conv0", 2)
    total = g.node("Relu", [y], name + "/conv0/relu")
    relu = total
    for layer in (1, 2, 3):
        y = separable(g, weights, relu, f"{name}/conv{layer}", 1)
        total = g.node("Add", [total, y], f"{name}/conv{layer}/sum")
        relu = g.node("Relu", [total], f"{name}/conv{layer}/relu")
    return relu
