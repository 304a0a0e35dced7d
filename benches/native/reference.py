"""The pipeline that `visavis index` is compared with: OpenCV and onnxruntime, with the same models and detector size.

reference.py THREADS FOLDER prints how many photos and faces it saw. Photos are shared out to threads; each network runs on the thread that called it.
"""

import hashlib
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/models"))
from pipeline import align, detect, embed, session  # noqa: E402

PHOTOS = {".jpg", ".jpeg", ".png"}


def main(threads, folder):
    cv2.setNumThreads(0)
    models = ROOT / "models"
    detector = session(str(models / "face_detection_yunet_2023mar.onnx"))
    embedder = session(str(models / "facex_mobilefacenet_mv_int8.onnx"))

    def faces(path):
        data = path.read_bytes()
        hashlib.sha256(data).hexdigest()
        image = cv2.imread(str(path))
        return [embed(embedder, align(image, landmarks)) for _, _, landmarks in detect(detector, image)]

    photos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PHOTOS)
    if threads == 1:
        counts = [len(faces(path)) for path in photos]
    else:
        with ThreadPoolExecutor(threads) as pool:
            counts = list(pool.map(lambda path: len(faces(path)), photos))
    print(len(photos), sum(counts))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
