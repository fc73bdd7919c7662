"""LabelInspector finds what the functions find, merges, can be saved, and may be used by several threads."""

import ast
import io
import os
import pathlib
import pickle
import re
import threading

import numpy as np
import pytest

import maskaudit
from conftest import make_data

LABELS, PRED_PROBS = make_data((6, 4, 16, 24), seed=3)
LABELS[:, :2] = 255


def inspected(images=range(6), **options):
    inspector = maskaudit.LabelInspector(4, ignore_label=255, **options)
    for n in images:
        inspector.add(LABELS[n], PRED_PROBS[n], n)
    return inspector


def assert_same(found, expected):
    for name in ("confident_thresholds", "softmin_scores", "num_pixel_issues_scores", "valid_pixels", "issue_pixels"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert found.num_issues == expected.num_issues > 0
    for n in range(expected.num_images):
        np.testing.assert_array_equal(found.issues(n), expected.issues(n))


def test_is_what_the_functions_find(case):
    """Reference cases; some have probabilities that do not sum to one."""
    inspector = maskaudit.LabelInspector(case.pred_probs.shape[1], normalized=False)
    for n, image in enumerate(zip(case.labels, case.pred_probs)):
        assert inspector.add(*image) == n
    found = inspector.finish()
    images, _ = maskaudit.get_label_quality_scores(case.labels, case.pred_probs)
    np.testing.assert_array_equal(found.softmin_scores, images)
    images, _ = maskaudit.get_label_quality_scores(case.labels, case.pred_probs, method="num_pixel_issues")
    np.testing.assert_array_equal(found.num_pixel_issues_scores, images)
    stored = case.load(case.rows("find_label_issues")[0]["mask"])
    for n in range(len(stored)):
        np.testing.assert_array_equal(found.issues(n), stored[n])
    assert found.num_issues == stored.sum() and found.issue_pixels.sum() == stored.sum()
    table = found.common_label_issues(verbose=False)
    assert table.values.tolist() == case.rows("common_label_issues")[0]["rows"]


def test_options_and_members():
    found = inspected(temperature=0.5, downsample=2, downsample_labels="majority").finish()
    issues = maskaudit.find_label_issues(
        LABELS, PRED_PROBS, downsample=2, downsample_labels="majority", ignore_label=255
    )
    other = maskaudit.find_label_issues(LABELS, PRED_PROBS, downsample=2, ignore_label=255)
    assert (issues != other).any()
    np.testing.assert_array_equal([found.issues(n) for n in range(6)], issues)
    images, _ = maskaudit.get_label_quality_scores(LABELS, PRED_PROBS, temperature=0.5, ignore_label=255)
    np.testing.assert_allclose(found.softmin_scores, images, rtol=1e-12)
    assert found.num_images == 6 and found.valid_pixels.tolist() == [14 * 24] * 6
    means = [PRED_PROBS[:, k][LABELS == k].mean() for k in range(4)]
    np.testing.assert_allclose(inspected().finish().confident_thresholds, means, rtol=1e-12)
    assert repr(found).startswith("<maskaudit.Inspection: 6 images, ")


def test_images_of_any_size():
    inspector = maskaudit.LabelInspector(4, ignore_label=255)
    sizes = [(16, 24), (5, 7), (1, 1), (16, 3)]
    for n, (height, width) in enumerate(sizes):
        inspector.add(LABELS[n, -height:, -width:], PRED_PROBS[n, :, -height:, -width:])
    assert [inspector.finish().issues(n).shape for n in range(4)] == sizes


def test_merges():
    whole = inspected().finish()
    first, second = inspected(range(4)), inspected(range(4, 6))
    first += second
    assert first.num_images == 6 and second.num_images == 2
    assert_same(first.finish(), whole)
    with pytest.raises(ValueError, match="index is 0: an image with it has been added before"):
        first += inspected([0])
    with pytest.raises(ValueError, match="index is 0: an image with it has been added before"):
        first += first
    with pytest.raises(ValueError, match="same options"):
        first += maskaudit.LabelInspector(4, ignore_label=255, temperature=1)
    with pytest.raises(TypeError):
        first += whole
    assert_same(first.finish(), whole)


def test_saved_and_loaded(tmp_path):
    whole = inspected().finish()
    begun = inspected(range(3))
    state = begun.to_bytes()
    begun.save(tmp_path / "state")
    with open(tmp_path / "other", "wb") as file:
        begun.save(file)
    assert (tmp_path / "state").read_bytes() == (tmp_path / "other").read_bytes() == state
    assert sorted(os.listdir(tmp_path)) == ["other", "state"]
    loaded = [
        maskaudit.LabelInspector.from_bytes(state),
        maskaudit.LabelInspector.from_bytes(memoryview(state)),
        maskaudit.LabelInspector.from_bytes(memoryview(state[::-1])[::-1]),
        maskaudit.LabelInspector.load(tmp_path / "state"),
        maskaudit.LabelInspector.load(str(tmp_path / "state")),
        maskaudit.LabelInspector.load(io.BytesIO(state)),
        pickle.loads(pickle.dumps(begun)),
    ]
    for inspector in loaded:
        assert (inspector.num_classes, inspector.num_images) == (4, 3)
        inspector += inspected(range(3, 6))
        assert_same(inspector.finish(), whole)


def test_states_that_are_not():
    state = inspected().to_bytes()
    load = maskaudit.LabelInspector.from_bytes
    for damaged in (b"", state[:-1], state[:100], state[:200] + b"\0" + state[201:], b"x" + state):
        with pytest.raises(ValueError, match=r"inspector state, byte \d+: expected .*, found"):
            load(damaged)
    with pytest.raises(ValueError, match="there are bytes behind its end"):
        load(state + b"\0")
    with pytest.raises(TypeError):
        load("text")


def test_files_that_fail(tmp_path, monkeypatch):
    inspector = inspected()
    with pytest.raises(FileNotFoundError):
        maskaudit.LabelInspector.load(tmp_path / "missing")
    with pytest.raises(FileNotFoundError) as missing:
        inspector.save(tmp_path / "missing" / "state")
    assert missing.value.filename == str(tmp_path / "missing" / "state")
    with pytest.raises(TypeError, match="it must be a binary one"):
        maskaudit.LabelInspector.load(io.StringIO("text"))
    (tmp_path / "kept").write_bytes(b"before")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match=r"directory: '[^']*/folder'$"):
        inspector.save(tmp_path / "folder")
    with monkeypatch.context() as patch, pytest.raises(OSError, match="worn out"):
        patch.setattr(os, "fsync", lambda file: (_ for _ in ()).throw(OSError("the disk is worn out")))
        inspector.save(tmp_path / "kept")
    assert (tmp_path / "kept").read_bytes() == b"before"
    assert sorted(os.listdir(tmp_path)) == ["folder", "kept"]

    class Full(io.RawIOBase):
        def write(self, data):
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        inspector.save(Full())

    class Slow(io.RawIOBase):
        taken = b""

        def write(self, data):
            self.taken += bytes(data[:1000])
            return min(len(data), 1000)

    slow = Slow()
    inspector.save(slow)
    assert slow.taken == inspector.to_bytes()


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: maskaudit.LabelInspector(0), ValueError, "num_classes is 0: it must be from 1 to 65536"),
        (lambda: maskaudit.LabelInspector(2, temperature=-1), ValueError, "temperature is -1: it must be above 0"),
        (lambda: maskaudit.LabelInspector(2, downsample=0), ValueError, "downsample is 0"),
        (lambda: inspected().add(LABELS[0], PRED_PROBS[0], 3), ValueError, "index is 3: an image with it has"),
        (lambda: inspected().add(LABELS[0], PRED_PROBS[0, :2]), ValueError, "pred_probs has 2 classes: it must have 4"),
        (lambda: inspected().add(LABELS, PRED_PROBS[0]), ValueError, "an image's labels must be (S...)"),
        (lambda: inspected().add(LABELS[0] + 1, PRED_PROBS[0]), ValueError, "labels: image 6, pixel"),
        (lambda: inspected([0, 2]).finish(), ValueError, "indices of the images must be 0..1: 1 is missing"),
        (lambda: inspected().finish().issues(6), ValueError, "image 6 does not exist: there are 6"),
        (lambda: inspected().finish().keep_issues(0, LABELS[0]), ValueError, "mask are of type int64"),
        (lambda: inspected().issue_regions(inspected([0]).finish()), ValueError, ""),
        (lambda: inspected().issue_regions(None), TypeError, "found must be what finish() has returned"),
        (lambda: inspected().finish().common_label_issues(class_names=["a"]), ValueError, "there are 1 class names"),
    ],
)
def test_refuses(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()


def test_probabilities_that_do_not_sum_to_one():
    pred_probs = np.full((2, 1, 4), 0.9)
    pred_probs[1, 0, 0] = 0.95
    with pytest.raises(ValueError, match="normalized"):
        maskaudit.LabelInspector(2).add(np.zeros((1, 4), int), pred_probs)
    assert maskaudit.LabelInspector(2, normalized=False).add(np.zeros((1, 4), int), pred_probs) == 0


def test_regions():
    labels = np.zeros((10, 12), np.uint8)
    labels[2:5, 3:9] = 1
    labels[8, 1] = 1
    pred_probs = np.stack([np.full(labels.shape, 0.9), np.full(labels.shape, 0.1)])
    inspector = maskaudit.LabelInspector(2)
    inspector.add(labels, pred_probs)
    found = inspector.finish()
    large, small = inspector.issue_regions(found)
    assert (large.image, large.begin, large.end, large.area) == (0, (2, 3), (5, 9), 18)
    assert large.centroid == (3.0, 5.5) and (large.given_label, large.predicted_label) == (1, 0)
    assert large.mean_quality == pytest.approx(0.1) and large.mean_predicted == pytest.approx(0.9)
    assert large.severity == pytest.approx(18 * np.log(9))
    assert large.runs.tolist() == [[2 * 12 + 3, 6], [3 * 12 + 3, 6], [4 * 12 + 3, 6]]
    stub = ast.parse(pathlib.Path(maskaudit._core.__file__).with_name("_core.pyi").read_text())
    (typed,) = [node for node in stub.body if isinstance(node, ast.ClassDef)]
    assert {member.name for member in typed.body[1:]} == {name for name in dir(large) if not name.startswith("_")}
    assert repr(large) == "<maskaudit.IssueRegion: image 0, (2, 3) to (5, 9), 18 pixels given 1, predicted 0>"
    assert [region.area for region in inspector.issue_regions(found, min_area=2)] == [18]
    assert [region.area for region in inspector.issue_regions(found, top=1)] == [18]

    kept = labels.astype(bool)
    kept[8, 1] = False
    found.keep_issues(0, kept)
    assert found.num_issues == 18 and found.issue_pixels.tolist() == [18]
    assert [region.area for region in inspector.issue_regions(found)] == [18]


def test_threads_that_merge_two_with_each_other_do_not_wait_for_ever():
    one, other = inspected([0]), inspected([1])
    attempts = [lambda: one.__iadd__(other), lambda: other.__iadd__(one)] * 20
    outcomes = []

    def attempt(merge):
        try:
            merge()
            outcomes.append("merged")
        except ValueError:  # the index is taken: it has been merged before
            outcomes.append("taken")

    threads = [threading.Thread(target=attempt, args=(merge,), daemon=True) for merge in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(outcomes) == 40 and outcomes.count("merged") in (1, 2)


def test_several_threads_may_use_one():
    shared = maskaudit.LabelInspector(4, ignore_label=255)
    states = []

    def work(first):
        for n in range(first, 6, 3):
            shared.add(LABELS[n], PRED_PROBS[n], n)
            states.append(shared.to_bytes())

    threads = [threading.Thread(target=work, args=(first,)) for first in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_same(shared.finish(), inspected().finish())
    assert all(maskaudit.LabelInspector.from_bytes(state).num_images >= 1 for state in states)
