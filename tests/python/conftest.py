"""What the tests share: the cases of tests/reference, and data with a fixed seed."""

import json
import pathlib

import numpy as np
import pytest

REFERENCE = pathlib.Path(__file__).resolve().parents[1] / "reference"
CASES = json.loads((REFERENCE / "manifest.json").read_text())["cases"]


class Case:
    """A case of the manifest with its arrays."""

    def __init__(self, entry):
        self.entry = entry
        self.labels = self.load(entry["labels"])
        self.pred_probs = self.load(entry["pred_probs"])

    def load(self, name):
        return np.load(REFERENCE / self.entry["name"] / name)

    def rows(self, key):
        assert self.entry[key], f"{self.entry['name']} has nothing for {key}"
        return self.entry[key]


@pytest.fixture(params=CASES, ids=[case["name"] for case in CASES])
def case(request):
    return Case(request.param)


def make_data(shape=(3, 5, 16, 24), seed=1):
    """Labels of which most are right, int64, and normalised probabilities, float64."""
    rng = np.random.default_rng(seed)
    num_images, num_classes, *spatial = shape
    pred_probs = rng.dirichlet(np.full(num_classes, 0.3), (num_images, *spatial))
    labels = pred_probs.argmax(axis=-1)
    wrong = rng.random(labels.shape) < 0.15
    labels[wrong] = rng.integers(0, num_classes, wrong.sum())
    return labels, np.ascontiguousarray(np.moveaxis(pred_probs, -1, 1))


@pytest.fixture
def data():
    return make_data()
