#!/usr/bin/env python3
"""Measures the embedders on the lfw-dev pairs: what fp16 and int8 weights cost, and the coefficients of calibrated scores.

  evaluate.py --data ../shared/data --models models --work target/models     prints a table and one JSON line

Crops are made once (pipeline.py, most central face), then each model embeds them. Needs both requirements files and the files that
make_models.py --accurate leaves in WORK. lfw-dev stays where it is: nothing of it is written.
"""

import argparse
import json
import os

import brotli
import cv2
import numpy as np

import pipeline

MODELS = [
    ("facex", "fp32", "facex_mobilefacenet_mv_fp32.onnx"),
    ("facex", "fp16", "facex_mobilefacenet_mv_fp16.onnx"),
    ("facex", "int8", "facex_mobilefacenet_mv_int8.onnx"),
    ("sface", "fp32", "face_recognition_sface_2021dec.onnx"),
    ("sface", "int8", "face_recognition_sface_2021dec_int8.onnx"),
]


def main():
    parser = argparse.ArgumentParser(description="measures the embedders on lfw-dev")
    parser.add_argument("--data", required=True)
    parser.add_argument("--models", required=True)
    parser.add_argument("--work", required=True)
    args = parser.parse_args()
    root = os.path.join(args.data, "lfw-dev")
    paths, left, right, same, person = pairs(root)
    detector = pipeline.session(os.path.join(args.models, "face_detection_yunet_2023mar.onnx"))
    crops = [central_crop(detector, cv2.imread(os.path.join(root, p))) for p in paths]
    golden = os.path.join(args.data, "golden", "crops")
    extra = [cv2.imread(os.path.join(golden, n)) for n in sorted(os.listdir(golden))]
    exact, results = {}, []
    for kind, weights, name in MODELS:
        path = os.path.join(args.work, name)
        net = pipeline.session(path)
        e = np.array([pipeline.embed(net, c, kind) for c in crops])
        g = np.array([pipeline.embed(net, c, kind) for c in extra])
        if weights == "fp32":
            exact[kind] = (e, g)
        result = {"model": kind, "weights": weights, **sizes(path), **measure(e, left, right, same, person)}
        for title, ours, theirs in (("lfw", e, exact[kind][0]), ("golden", g, exact[kind][1])):
            cosine = (ours * theirs).sum(1)
            result[f"cosine_to_fp32_{title}"] = [round(float(v), 6) for v in (cosine.min(), np.quantile(cosine, 0.01), np.median(cosine))]
        results.append(result)
        print(f"{kind} {weights}: " + ", ".join(f"{k} {v}" for k, v in result.items() if k not in ("model", "weights")), flush=True)
    print(json.dumps(results))


def pairs(root):
    """The photos of all pairs, which of them each pair has, whether it is of one person, and who is in each photo"""
    with open(os.path.join(root, "pairs.tsv")) as file:
        rows = [line.rstrip("\n").split("\t") for line in file][1:]
    same = np.array([r[0] == "1" for r in rows])
    paths = sorted({p for r in rows for p in r[1:]})
    index = {p: i for i, p in enumerate(paths)}
    left, right = (np.array([index[r[k]] for r in rows]) for k in (1, 2))
    person = np.array([os.path.basename(os.path.dirname(p)) for p in paths])
    return paths, left, right, same, person


def central_crop(detector, bgr):
    h, w = bgr.shape[:2]
    faces = pipeline.detect(detector, bgr)
    _, _, landmarks = min(faces, key=lambda f: np.hypot(f[1][0] + f[1][2] / 2 - w / 2, f[1][1] + f[1][3] / 2 - h / 2))
    return pipeline.align(bgr, landmarks)


def sizes(path):
    with open(path, "rb") as file:
        data = file.read()
    return {"bytes": len(data), "brotli": len(brotli.compress(data, quality=9 if len(data) > 20e6 else 11))}


def measure(e, left, right, same, person):
    cosine = (e[left] * e[right]).sum(1)
    accuracy, thresholds = ten_fold(cosine, same)
    result = {"accuracy": round(100 * accuracy.mean(), 3), "std": round(100 * accuracy.std(), 3), "threshold": round(float(np.mean(thresholds)), 3)}
    i, j = np.triu_indices(len(e), 1)
    scores = (e @ e.T)[i, j]
    mated = person[i] == person[j]
    impostors = np.sort(scores[~mated])[::-1]
    for fmr in (1e-3, 1e-4, 1e-5):
        t = impostors[int(len(impostors) * fmr)]
        result[f"tar@{fmr:.0e}"] = [round(100 * float((scores[mated] > t).mean()), 2), round(float(t), 3)]
    result["logistic"] = dict(zip(("centre", "slope"), logistic(cosine, same)))
    return result


def ten_fold(cosine, same):
    """10 folds in file order, each with the best threshold of the other nine"""
    folds = np.array_split(np.arange(len(same)), 10)
    accuracy, thresholds = [], []
    for fold in folds:
        rest = np.setdiff1d(np.arange(len(same)), fold)
        values = np.sort(cosine[rest])
        candidates = (values[1:] + values[:-1]) / 2
        right = [((cosine[rest] > t) == same[rest]).mean() for t in candidates]
        t = candidates[int(np.argmax(right))]
        thresholds.append(t)
        accuracy.append(((cosine[fold] > t) == same[fold]).mean())
    return np.array(accuracy), thresholds


def logistic(cosine, same):
    """P(same | cosine) = 1 / (1 + exp(-slope (cosine - centre))), maximum likelihood by Newton's method; as many same as different pairs"""
    x = np.stack([cosine, np.ones_like(cosine)], 1)
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-x @ w))
        hessian = (x * (p * (1 - p))[:, None]).T @ x
        step = np.linalg.solve(hessian, x.T @ (same - p))
        w += step
        if np.abs(step).max() < 1e-9:
            break
    return round(float(-w[1] / w[0]), 4), round(float(w[0]), 3)


if __name__ == "__main__":
    main()
