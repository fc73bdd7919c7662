#!/usr/bin/env python3
"""Recomputes what cleanlab 2.9.0 returns for the reference cases, from their labels.npy and pred_probs.npy.

usage: regenerate.py            rewrite the expected files and the lists in manifest.json
       regenerate.py --check    only compare; exit 1 and name every difference, if there are any
"""

import argparse
import json
import pathlib
import sys

import numpy as np
import cleanlab
from cleanlab.experimental import label_issues_batched
from cleanlab.segmentation.filter import find_label_issues
from cleanlab.segmentation.rank import get_label_quality_scores, issues_from_scores
from cleanlab.segmentation.summary import common_label_issues, filter_by_class

EXPECTED_VERSION = "2.9.0"
HERE = pathlib.Path(__file__).resolve().parent


def stable_top_issues(quality_scores, *, top):
    """Of equal scores the lowest flat index first; cleanlab's own order among them is undefined."""
    return np.argsort(quality_scores, kind="stable")[:top]


class Store:
    """Writes expected results, or compares them with what is there."""

    def __init__(self, check):
        self.check = check
        self.differences = []

    def array(self, path, values, exact):
        values = np.asarray(values)
        if not self.check:
            np.save(path, values)
            return
        stored = np.load(path)
        if stored.shape != values.shape:
            self.differences.append(f"{path}: shape {values.shape}, stored {stored.shape}")
        elif exact and not np.array_equal(stored, values):
            self.differences.append(f"{path}: {np.count_nonzero(stored != values)} of {values.size} elements differ")
        elif not exact and not np.allclose(stored, values, rtol=1e-12, atol=1e-15):
            self.differences.append(f"{path}: differs by up to {np.abs(stored - values).max()}")

    def entry(self, where, row, key, value):
        if not self.check:
            row[key] = value
        elif row[key] != value:
            self.differences.append(f"{where}: {key} is {value}, stored {row[key]}")


def recompute(case, store):
    folder = HERE / case["name"]
    labels = np.load(folder / case["labels"])
    pred_probs = np.load(folder / case["pred_probs"])
    quiet = {"verbose": False, "n_jobs": 1}

    def scores(**method):
        return get_label_quality_scores(labels, pred_probs, **method, **quiet)

    for row in case["softmin"]:
        images, pixels = scores(method="softmin", temperature=row["temperature"])
        store.array(folder / row["image_scores"], images, exact=False)
        store.array(folder / row["pixel_scores"], pixels.astype(np.float64), exact=True)
    for row in case["num_pixel_issues"]:
        images, pixels = scores(method="num_pixel_issues", downsample=row["downsample"])
        store.array(folder / row["image_scores"], images, exact=False)
        store.array(folder / row["pixel_scores"], pixels, exact=True)

    for row in case["find_label_issues"]:
        mask = find_label_issues(labels, pred_probs, downsample=row["downsample"], **quiet)
        store.array(folder / row["mask"], mask, exact=True)
        store.entry(folder, row, "num_issues", int(mask.sum()))

    images, pixels = scores(method="softmin", temperature=0.1)
    pixels = pixels.astype(np.float64)
    for row in case["issues_from_scores"]:
        threshold = row["threshold"]
        mask = issues_from_scores(images, pixel_scores=pixels, threshold=threshold)
        store.array(folder / row["mask"], mask, exact=True)
        ranked = issues_from_scores(images, threshold=threshold)
        store.entry(folder, row, "ranked_images_cleanlab_2_9", [int(n) for n in ranked])
        below = [int(n) for n in np.argsort(images, kind="stable") if images[n] < threshold]
        store.entry(folder, row, "ranked_images_below", below)

    mask = find_label_issues(labels, pred_probs, downsample=1, **quiet)
    for row in case["common_label_issues"]:
        table = common_label_issues(mask, labels, pred_probs, exclude=row["exclude"], verbose=False)
        swaps = zip(table["given_label"], table["predicted_label"], table["num_pixel_issues"])
        rows = sorted(([int(v) for v in swap] for swap in swaps), key=lambda r: (-r[2], r[0], r[1]))
        store.entry(folder, row, "rows", rows)
    for row in case["filter_by_class"]:
        store.array(folder / row["mask"], filter_by_class(row["class"], mask, labels, pred_probs), exact=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only compare")
    store = Store(parser.parse_args().check)
    if cleanlab.__version__ != EXPECTED_VERSION:
        sys.exit(f"cleanlab {EXPECTED_VERSION} is needed, {cleanlab.__version__} is installed")

    label_issues_batched.find_top_issues = stable_top_issues
    manifest_file = HERE / "manifest.json"
    manifest = json.loads(manifest_file.read_text())
    for case in manifest["cases"]:
        recompute(case, store)
    if not store.check:
        manifest["cleanlab"], manifest["numpy"] = cleanlab.__version__, np.__version__
        manifest_file.write_text(json.dumps(manifest, indent=1))
    print(f"{len(manifest['cases'])} cases, {len(store.differences)} differences")
    print(*store.differences, sep="\n", end="\n" if store.differences else "")
    sys.exit(1 if store.differences else 0)


if __name__ == "__main__":
    main()
