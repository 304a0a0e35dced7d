"""The face pipeline in plain Python, as a reference: photo -> letterbox -> YuNet -> aligned crop -> unit embedding (one detector pass).

Images are BGR uint8 arrays of OpenCV. Boxes are [x, y, w, h] and landmarks [5, 2] in source pixels.
"""

import cv2
import numpy as np
import onnxruntime

SIZE, SCORE, NMS = 640, 0.6, 0.3
TEMPLATE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])  # ArcFace, 112 x 112


def session(model):
    """path or bytes of an ONNX file -> an onnxruntime session with one thread"""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def run(net, value):
    return net.run(None, {net.get_inputs()[0].name: np.ascontiguousarray(value, np.float32)})


def letterbox(bgr):
    """long side to 640, top left, zeros right and below -> (image, x scale, y scale)"""
    h, w = bgr.shape[:2]
    k = SIZE / max(h, w)
    nw, nh = max(1, round(w * k)), max(1, round(h * k))
    out = np.zeros((SIZE, SIZE, 3), np.uint8)
    out[:nh, :nw] = cv2.resize(bgr, (nw, nh), interpolation=cv2.INTER_LINEAR if k > 1 else cv2.INTER_AREA)
    return out, nw / w, nh / h


def overlap(a, b):
    iw = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    ih = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    i = max(0.0, iw) * max(0.0, ih)
    return i / (a[2] * a[3] + b[2] * b[3] - i)


def detect(net, bgr):
    """-> [(score, box, landmarks)] by descending score"""
    image, kx, ky = letterbox(bgr)
    out = dict(zip([o.name for o in net.get_outputs()], run(net, image.transpose(2, 0, 1)[None])))
    found = []
    for stride in (8, 16, 32):
        cls, obj = out[f"cls_{stride}"].reshape(-1), out[f"obj_{stride}"].reshape(-1)
        box, kps = out[f"bbox_{stride}"].reshape(-1, 4), out[f"kps_{stride}"].reshape(-1, 5, 2)
        score = np.sqrt(np.clip(cls, 0, 1) * np.clip(obj, 0, 1))
        for i in np.flatnonzero(score >= SCORE):
            row, col = divmod(int(i), SIZE // stride)
            cx, cy = (col + box[i, 0]) * stride, (row + box[i, 1]) * stride
            w, h = np.exp(box[i, 2]) * stride, np.exp(box[i, 3]) * stride
            found.append((float(score[i]), np.array([cx - w / 2, cy - h / 2, w, h], float), (kps[i] + [col, row]) * stride))
    kept = []
    for face in sorted(found, key=lambda f: -f[0]):
        if all(overlap(face[1], k[1]) <= NMS for k in kept):
            kept.append(face)
    return [(s, b / [kx, ky, kx, ky], p / [kx, ky]) for s, b, p in kept]


def similarity(points):
    """least-squares similarity transform (Umeyama) of 5 landmarks onto the template, 2 x 3"""
    ms, md = points.mean(0), TEMPLATE.mean(0)
    a, b = points - ms, TEMPLATE - md
    u, d, vt = np.linalg.svd(b.T @ a / 5)
    s = np.array([1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    r = u @ np.diag(s) @ vt
    k = (d * s).sum() / a.var(0).sum()
    return np.hstack([k * r, (md - k * r @ ms)[:, None]])


def align(bgr, landmarks):
    """-> the 112 x 112 crop, BGR"""
    return cv2.warpAffine(bgr, similarity(landmarks), (112, 112), flags=cv2.INTER_LINEAR, borderValue=0)


def embed(net, crop, kind="facex"):
    """112 x 112 BGR crop -> unit embedding; kind "facex": BGR, (x - 127.5) / 128; "sface": RGB, 0..255"""
    x = crop.astype(np.float32)
    x = (x - 127.5) / 128.0 if kind == "facex" else x[:, :, ::-1]
    e = run(net, x.transpose(2, 0, 1)[None])[0].reshape(-1).astype(float)
    return e / np.linalg.norm(e)
