"""`visavis` natively against Python with onnxruntime and OpenCV: each model on one thread, photos a second and peak memory of indexing, and how well
pairs of faces are told apart.

compare.py [--runs N] [--only models|indexing|pairs]: run by `cargo xtask bench`, which builds `visavis` and the example `bench_models` first. Photos come from the test
data beside the repository, or are left out where that is absent. Prints tables and a line of JSON, and adds it to target/bench/results.json.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/models"))
from pipeline import align, detect, embed, letterbox, session  # noqa: E402
from verification import people, read_pairs, ten_fold, true_accepts  # noqa: E402

MODELS, WORK, RESULTS = ROOT / "models", ROOT / "target/bench/native", ROOT / "target/bench/results.json"
SHARED = Path(os.environ.get("VISAVIS_SHARED", ROOT.parent / "shared/data"))
YUNET, FACEX = MODELS / "face_detection_yunet_2023mar.onnx", MODELS / "facex_mobilefacenet_mv_int8.onnx"
LARGEST_DIFFERENCE = 1e-4
SMALL_PHOTOS, VARIANTS = 600, 8
BINARY, EXAMPLE = ROOT / "target/release/visavis", ROOT / "target/release/examples/bench_models"


def sface():
    """The large embedder where it was fetched, or None."""
    name = "face_recognition_sface_2021dec.onnx"
    places = [os.environ.get("VISAVIS_SFACE", ""), ROOT / "target/models" / name, MODELS / name]
    return next((Path(place) for place in places if place and Path(place).exists()), None)


def inputs():
    """Name, file, side and input of each model; the inputs are those of a real face."""
    image = cv2.imread(str(ROOT / "samples/queries/barack_obama.jpg"))
    crop = align(image, detect(session(str(YUNET)), image)[0][2]).astype(np.float32)
    large = letterbox(image)[0]
    planes = lambda picture: np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32)  # noqa: E731
    return [
        ("YuNet 640", YUNET, planes(large)),
        ("YuNet 320", YUNET, planes(cv2.resize(large, (320, 320), interpolation=cv2.INTER_AREA))),
        ("MobileFaceNet", FACEX, planes((crop - 127.5) / 128)),
        ("SFace", sface(), planes(crop[:, :, ::-1])),
        ("expression", MODELS / "face_expression.onnx", planes(crop[:, :, ::-1] / 10)),
    ]


def with_side(path, side):
    """The file for another input than 640: YuNet's says its size in its one input, as a number in two bytes of protobuf."""
    data = path.read_bytes()
    return data.replace(b"\x08\x80\x05", b"\x08\xc0\x02") if side == 320 else data


def race_model(name, path, planes, runs):
    """One row: onnxruntime and ours in turn."""
    side = planes.shape[3]
    theirs = session(with_side(path, side))
    feed = {theirs.get_inputs()[0].name: planes}
    file = WORK / "input.f32"
    file.write_bytes(planes.tobytes())
    times = {"theirs": [], "ours": []}
    with subprocess.Popen([EXAMPLE, path, str(side), file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as ours:

        def ask(line):
            ours.stdin.write(line + "\n")
            ours.stdin.flush()
            return float(ours.stdout.readline())

        build = float(ours.stdout.readline())
        ask(f"write {WORK / 'output.f32'}")
        wanted = theirs.run(None, feed)
        difference = compare(name, wanted, np.fromfile(WORK / "output.f32", np.float32))
        for turn in range(-3, runs):
            begin = time.perf_counter()
            theirs.run(None, feed)
            took = (time.perf_counter() - begin) * 1000
            ran = ask("run")
            if turn >= 0:
                times["theirs"].append(took)
                times["ours"].append(ran)
        ours.stdin.close()
    summary = {key: {"minMs": min(values), "medianMs": statistics.median(values)} for key, values in times.items()}
    ratios = {f"of{kind}": summary["ours"][key] / summary["theirs"][key] for kind, key in (("Minima", "minMs"), ("Medians", "medianMs"))}
    return {"model": name, **summary, **ratios, "difference": difference, "buildMs": build}


def compare(name, wanted, given):
    """The largest difference as a share of its output's largest number, where that is above 1."""
    if sum(array.size for array in wanted) != given.size:
        raise SystemExit(f"{name}: {given.size} numbers, not {sum(array.size for array in wanted)}")
    worst, at = 0.0, 0
    for array in wanted:
        part = given[at : at + array.size]
        at += array.size
        worst = max(worst, float(np.abs(part - array.reshape(-1)).max() / max(1.0, np.abs(array).max())))
    if not worst <= LARGEST_DIFFERENCE:
        raise SystemExit(f"{name}: outputs differ by {worst}")
    return worst


def measured(command):
    """Runs a program to its end -> seconds, peak of memory in MB, its output."""
    with tempfile.TemporaryFile() as out:
        begin = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begin
        child.returncode = status
        if status != 0:
            raise SystemExit(f"failed: {command}")
        out.seek(0)
        return seconds, usage.ru_maxrss / 1024, out.read().decode()


def photo_sets():
    """Folders of photos by name: 250 x 250 news photos, and larger ones, of which each is there several times with other bytes."""
    small, large = WORK / "small", WORK / "large"
    for folder in (small, large):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for path in sorted((SHARED / "lfw-dev/images").rglob("*.jpg"))[:SMALL_PHOTOS]:
        shutil.copy(path, small / path.name)
    # Not those in eight orientations: upright, some of them are the same, which an index has once.
    for path in (path for path in sorted((SHARED / "photos").rglob("*.jpg")) if path.parent.name != "exif"):
        image = cv2.imread(str(path))
        for quality in range(95 - VARIANTS, 95):
            cv2.imwrite(str(large / f"{path.parent.name}-{path.stem}-{quality}.jpg"), image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return {"250 x 250": small, "larger": large}


def race_indexing(name, folder, threads, runs):
    """One row for each, in turn: Python, ours doing as much as that (one look), and ours by default."""
    library = WORK / "library"
    index = [BINARY, "index", folder, "--out", library, "--jobs", str(threads), "--no-thumbnails", "--no-videos", "--json"]
    commands = {
        "python": [sys.executable, Path(__file__).with_name("reference.py"), str(threads), folder],
        "visavis --quick": [*index, "--quick"],
        "visavis": index,
    }
    seen = {who: [] for who in commands}
    for _ in range(runs):
        for who, command in commands.items():
            shutil.rmtree(library, ignore_errors=True)
            seen[who].append(measured(command))
    photos, wanted = (int(word) for word in seen["python"][0][2].split())
    faces = {who: wanted if who == "python" else json.loads(visits[0][2].strip().splitlines()[-1])["faces"] for who, visits in seen.items()}
    for who, found in faces.items():
        if found < 0.98 * wanted:
            raise SystemExit(f"{name}: {who} finds {found} faces, onnxruntime {wanted}")
    rows = []
    for who, visits in seen.items():
        seconds = [visit[0] for visit in visits]
        rates = {"best": photos / min(seconds), "median": photos / statistics.median(seconds)}
        rows.append({"photos": name, "threads": threads, "who": who, **rates, "peakMB": max(visit[1] for visit in visits), "faces": faces[who]})
    return rows


def table(head, rows):
    """Prints rows of texts under a headline."""
    widths = [max(len(str(row[at])) for row in [head, *rows]) for at in range(len(head))]
    for row in [head, *rows]:
        print("  ".join(str(cell).ljust(width) if at == 0 else str(cell).rjust(width) for at, (cell, width) in enumerate(zip(row, widths))))


def keep(result):
    """Adds the part `native` to the results."""
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps({**known, "native": {**known.get("native", {}), **result}}, indent=1) + "\n")
    print(json.dumps({"figures": "native", **result}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--only", choices=["models", "indexing", "pairs"])
    given = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    result = {"runs": given.runs}
    if given.only in (None, "models"):
        result["models"] = compare_models(given.runs)
    if given.only in (None, "indexing"):
        result["indexing"] = compare_indexing(max(1, given.runs // 7))
    if given.only in (None, "pairs"):
        result["pairs"] = compare_pairs()
    keep(result)


def compare_models(runs):
    """Every model that is there, in a table."""
    models = []
    for name, path, planes in inputs():
        if path is None:
            print(f"native: {name} is skipped: its file is not in the repository; VISAVIS_SFACE names it")
        else:
            models.append(race_model(name, path, planes, runs))
    print(f"\nmodels natively on one thread, {runs} runs in turn (ms)")
    cells = lambda row: [f"{row[who][key]:.2f}" for who in ("theirs", "ours") for key in ("minMs", "medianMs")]  # noqa: E731
    head = ["model", "ort min", "ort median", "ours min", "ours median", "x of minima", "x of medians", "difference", "build"]
    table(head, [[r["model"], *cells(r), f"{r['ofMinima']:.3f}", f"{r['ofMedians']:.3f}", f"{r['difference']:.1e}", f"{r['buildMs']:.0f}"] for r in models])
    return models


def compare_indexing(runs):
    """Both kinds of photos, with one thread and with all cores, in a table; None without photos."""
    if not (SHARED / "lfw-dev").exists():
        print("native: indexing is skipped: there is no ../shared/data/lfw-dev")
        return None
    cases = [(threads, *case) for threads in (1, os.cpu_count()) for case in photo_sets().items()]
    rows = [row for threads, name, folder in cases for row in race_indexing(name, folder, threads, runs)]
    print(f"\nindexing, {runs} runs in turn")
    head = ["photos", "threads", "", "photos/s best", "median", "peak MB", "faces"]
    table(head, [[r["photos"], r["threads"], r["who"], f"{r['best']:.1f}", f"{r['median']:.1f}", f"{r['peakMB']:.0f}", r["faces"]] for r in rows])
    return rows


def compare_pairs():
    """The 3,000 pairs of lfw-dev by `visavis faces --embeddings` and by Python, in a table; None without photos. Of several faces the most central is meant."""
    root = SHARED / "lfw-dev"
    if not root.exists():
        print("native: pairs are skipped: there is no ../shared/data/lfw-dev")
        return None
    same, paths, left, right = read_pairs(root)
    person = people(paths)
    rows = []
    for who, embeddings in (("python", embedded_by_python(root, paths)), ("visavis", embedded_by_visavis(root, paths))):
        accuracy, _ = ten_fold((embeddings[left] * embeddings[right]).sum(1), same)
        accepts = {f"{rate:.0e}": float(share) for rate, (share, _) in true_accepts(embeddings, person).items()}
        rows.append({"who": who, "accuracy": float(accuracy.mean()), "std": float(accuracy.std()), "trueAccepts": accepts})
    print(f"\n{len(same)} pairs of lfw-dev, {len(paths)} photos")
    rates = list(rows[0]["trueAccepts"])
    head = ["", "accuracy (10-fold)", "std", *(f"TAR at FAR {rate}" for rate in rates)]
    table(head, [[r["who"], f"{100 * r['accuracy']:.2f} %", f"{100 * r['std']:.2f}", *(f"{100 * r['trueAccepts'][rate]:.2f} %" for rate in rates)] for r in rows])
    return rows


def most_central(boxes, width, height):
    """which of the boxes (left, top, width, height) has its middle nearest to the picture's"""
    return min(range(len(boxes)), key=lambda at: np.hypot(boxes[at][0] + boxes[at][2] / 2 - width / 2, boxes[at][1] + boxes[at][3] / 2 - height / 2))


def embedded_by_visavis(root, paths):
    """one embedding a photo"""
    printed = measured([BINARY, "faces", "--embeddings", *(root / path for path in paths)])[2]
    found = []
    for photo in map(json.loads, printed.splitlines()):
        faces = photo["faces"]
        if not faces:
            raise SystemExit(f"visavis finds no face in {photo['path']}")
        found.append(faces[most_central([face["box"] for face in faces], photo["width"], photo["height"])]["embedding"])
    return np.array(found, np.float32)


def embedded_by_python(root, paths):
    """one embedding a photo"""
    detector, embedder, found = session(str(YUNET)), session(str(FACEX)), []
    for path in paths:
        image = cv2.imread(str(root / path))
        faces = detect(detector, image)
        at = most_central([face[1] for face in faces], image.shape[1], image.shape[0])
        found.append(embed(embedder, align(image, faces[at][2]), "facex"))
    return np.array(found, np.float32)


if __name__ == "__main__":
    main()
