#!/usr/bin/env python3
"""Measures the command line on the lfw-dev pairs, from photos to embeddings, by the protocol of evaluate.py.

  program.py --data ../shared/data [--program target/release/visavis]     prints accuracy, its deviation, and TAR at three FARs

The most central face of each photo counts. Needs requirements-evaluate.txt.
"""

import argparse
import json
import os
import subprocess
import tempfile

import numpy as np

import evaluate


def main():
    parser = argparse.ArgumentParser(description="measures the command line on lfw-dev")
    parser.add_argument("--data", required=True)
    parser.add_argument("--program", default="target/release/visavis")
    args = parser.parse_args()
    root = os.path.join(args.data, "lfw-dev")
    paths, left, right, same, person = evaluate.pairs(root)
    embeddings = faces(args.program, [os.path.join(root, path) for path in paths])
    missing = [path for path, embedding in zip(paths, embeddings) if embedding is None]
    if missing:
        raise SystemExit(f"no face was found in {len(missing)} photos, {missing[0]} among them")
    print(json.dumps(evaluate.measure(np.array(embeddings), left, right, same, person)))


def faces(program, photos):
    """The embedding of the most central face of each photo; None where there is no face"""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as names:
        names.write("\n".join(photos))
        names.flush()
        run = subprocess.run([program, "faces", "--embeddings", "--files-from", names.name], stdout=subprocess.PIPE, check=True)
    found = [json.loads(line) for line in run.stdout.splitlines()]
    return [central(photo) for photo in found]


def central(photo):
    def distance(face):
        x, y, w, h = face["box"]
        return np.hypot(x + w / 2 - photo["width"] / 2, y + h / 2 - photo["height"] / 2)

    return min(photo["faces"], key=distance)["embedding"] if photo.get("faces") else None


if __name__ == "__main__":
    main()
