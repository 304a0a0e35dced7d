"""B-cubed figures of found persons on LFW, beside scikit-learn's average linkage on the same embeddings.

    cargo build --release --example find_persons
    visavis index ../shared/data/lfw-dev/images --out LIBRARY
    python3 -m venv V && V/bin/pip install -r scripts/entities/requirements.txt
    V/bin/python scripts/entities/figures.py LIBRARY [--program target/release/examples/find_persons]

The labelled person of a photo is the folder's name, and is its most central face. Figures are over these faces; with "all faces" those in the
background are clustered, too. A face without a person is a cluster of its own.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys

import numpy
import pyarrow.ipc
from sklearn.cluster import AgglomerativeClustering


def b_cubed(persons, clusters):
    """Precision, recall and F1 of Bagga and Baldwin (1998), averaged over the items."""
    both = collections.Counter(zip(persons, clusters))
    of_person, of_cluster = collections.Counter(persons), collections.Counter(clusters)
    total = len(persons)
    precision = sum(n * n / of_cluster[c] for (_, c), n in both.items()) / total
    recall = sum(n * n / of_person[p] for (p, _), n in both.items()) / total
    return precision, recall, 2 * precision * recall / (precision + recall)


def central_faces(folder):
    """Ids, persons and embeddings of the most central face of each photo, in the order of ids."""
    manifest = json.loads((folder / "library.json").read_text())
    tables = collections.defaultdict(list)
    for entry in manifest["files"]:
        with pyarrow.ipc.open_file(folder / entry["name"]) as file:
            tables[entry["role"]].extend(file.read_all().to_pylist())
    media, best = tables["media"], {}
    for face in tables["faces"]:
        row = media[face["media_row"]]
        x, y, w, h = face["box"]
        distance = numpy.hypot(x + w / 2 - row["width"] / 2, y + h / 2 - row["height"] / 2)
        if face["media_row"] not in best or distance < best[face["media_row"]][0]:
            best[face["media_row"]] = (distance, face)
    faces = sorted((face for _, face in best.values()), key=lambda face: face["face_id"])
    ids = [face["face_id"] for face in faces]
    persons = [media[face["media_row"]]["path"].split("/")[0] for face in faces]
    embeddings = numpy.array([numpy.array(face["embedding"], dtype=numpy.float64) * face["scale"] for face in faces])
    embeddings /= numpy.linalg.norm(embeddings, axis=1, keepdims=True)
    return ids, persons, embeddings


def ours(program, folder, ids, options):
    """The person of each face, as the program finds them, and what it says of its time."""
    run = subprocess.run([program, folder, *options], capture_output=True, text=True, check=True)
    found = {}
    for line in run.stdout.splitlines():
        face, _, person = line.split("\t")
        found[int(face)] = person if person != "-" else f"face {face}"
    return [found[face] for face in ids], run.stderr.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", type=pathlib.Path)
    parser.add_argument("--program", default="target/release/examples/find_persons")
    parser.add_argument("--thresholds", default="0.30,0.32,0.34,0.35,0.36,0.37,0.38,0.39,0.40,0.42,0.44")
    args = parser.parse_args()
    ids, persons, embeddings = central_faces(args.library)
    print(f"{len(ids)} faces of {len(set(persons))} persons")
    print("| | cosine | precision | recall | F1 |\n| --- | --- | --- | --- | --- |")
    lines = []

    def tell(name, threshold, clusters, note=""):
        precision, recall, f1 = b_cubed(persons, clusters)
        print(f"| {name} | {threshold} | {precision:.4f} | {recall:.4f} | {f1:.4f} | {note}", flush=True)
        lines.append({"name": name, "cosine": threshold, "precision": precision, "recall": recall, "f1": f1})

    for threshold in map(float, args.thresholds.split(",")):
        model = AgglomerativeClustering(
            n_clusters=None, metric="cosine", linkage="average", distance_threshold=1 - threshold
        )
        tell("scikit-learn", threshold, model.fit_predict(embeddings))
        for name, options in [
            ("visavis, all faces, one go", []),
            ("visavis, all faces, 10 batches", ["--batches", "10"]),
            ("visavis, central faces, one go", ["--central"]),
            ("visavis, central faces, 10 batches", ["--central", "--batches", "10"]),
        ]:
            options = [*options, "--threshold", str(threshold)]
            clusters, note = ours(args.program, args.library, ids, options)
            tell(name, threshold, clusters, note)
    print(json.dumps(lines))


if __name__ == "__main__":
    sys.exit(main())
