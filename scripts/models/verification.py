"""Pairs of photos, same person or not: accuracy and true accepts of unit embeddings."""

import os

import numpy as np


def read_pairs(root):
    """`root` is lfw-dev -> whether each pair is one person, the paths, and for each pair the numbers of its two paths"""
    with open(os.path.join(root, "pairs.tsv")) as file:
        rows = [line.rstrip("\n").split("\t") for line in file][1:]
    paths = sorted({path for row in rows for path in row[1:]})
    index = {path: at for at, path in enumerate(paths)}
    left, right = (np.array([index[row[k]] for row in rows]) for k in (1, 2))
    return np.array([row[0] == "1" for row in rows]), paths, left, right


def people(paths):
    """who is on each photo: its folder's name"""
    return np.array([os.path.basename(os.path.dirname(path)) for path in paths])


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


def true_accepts(embeddings, person, rates=(1e-3, 1e-4, 1e-5)):
    """over all pairs of photos: for each rate of false accepts, the share of pairs of one person above the cosine of that rate, and the cosine"""
    i, j = np.triu_indices(len(embeddings), 1)
    scores = (embeddings @ embeddings.T)[i, j]
    mated = person[i] == person[j]
    impostors = np.sort(scores[~mated])[::-1]
    cosines = {rate: impostors[int(len(impostors) * rate)] for rate in rates}
    return {rate: ((scores[mated] > t).mean(), t) for rate, t in cosines.items()}
