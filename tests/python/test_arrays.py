"""Arrays of every type and layout give what a plain copy gives, and are not written to."""

import numpy as np
import pytest

import maskaudit
from conftest import make_data

LABELS, PRED_PROBS = make_data((3, 5, 16, 24))


def results(labels, pred_probs, ignore_label=None):
    """What every function makes of both, as a dict of arrays."""
    issues = maskaudit.find_label_issues(labels, pred_probs, ignore_label=ignore_label)
    blocks = maskaudit.find_label_issues(labels, pred_probs, downsample=2, ignore_label=ignore_label)
    softmin = maskaudit.get_label_quality_scores(labels, pred_probs, ignore_label=ignore_label)
    counted = maskaudit.get_label_quality_scores(
        labels, pred_probs, method="num_pixel_issues", ignore_label=ignore_label
    )
    table = maskaudit.common_label_issues(issues, labels, pred_probs, ignore_label=ignore_label, verbose=False)
    one = maskaudit.filter_by_class(1, issues, labels, pred_probs, ignore_label=ignore_label)
    panels = maskaudit.display_issues(
        issues, labels=labels, pred_probs=pred_probs, ignore_label=ignore_label, top=1
    )
    inspector = maskaudit.LabelInspector(num_classes=pred_probs.shape[1], ignore_label=ignore_label)
    for image in zip(labels, pred_probs):
        inspector.add(*image)
    assert issues.any() and not issues.all() and one.any()
    return {
        "issues": issues, "blocks": blocks, "softmin": softmin[0], "quality": softmin[1], "counted": counted[0],
        "table": table.values, "one": one, "panels": panels[0], "streamed": inspector.finish().softmin_scores,
    }


def assert_same(found, expected):
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", ">u2", ">i2", ">i4", ">i8", ">u8"])
def test_types_of_labels(dtype):
    assert_same(results(LABELS.astype(dtype), PRED_PROBS), results(LABELS, PRED_PROBS))


def test_boolean_labels():
    labels, pred_probs = make_data((3, 2, 16, 24))
    assert_same(results(labels.astype(bool), pred_probs), results(labels, pred_probs))


@pytest.mark.parametrize(
    "dtype, ignored", [("u1", 255), ("i1", -1), ("u2", 65535), ("i4", -(2**31)), ("i8", -1), ("u8", 2**64 - 1)]
)
def test_ignored_labels(dtype, ignored):
    labels = LABELS.astype(dtype)
    labels[:, 3:7] = ignored
    found = results(labels, PRED_PROBS, ignored)
    assert not found["issues"][:, 3:7].any() and (found["quality"][:, 3:7] == 1).all()
    expected = results(np.where(labels == ignored, 100, LABELS), PRED_PROBS, [100, 101])
    assert_same(found, expected)


def test_labels_to_ignore_come_in_any_collection():
    labels = LABELS.copy()
    labels[0, :4], labels[1, 5:] = 255, -1
    expected = maskaudit.find_label_issues(labels, PRED_PROBS, ignore_label=[255, -1])
    for ignored in ((-1, 255), {255, -1}, np.array([-1, 255]), range(-1, 256, 256)):
        np.testing.assert_array_equal(maskaudit.find_label_issues(labels, PRED_PROBS, ignore_label=ignored), expected)


def test_a_large_label_is_told_as_it_is():
    labels = LABELS.astype(np.uint64)
    labels[0, 0, 0] = 2**64 - 1
    with pytest.raises(ValueError, match="18446744073709551615 must be a class"):
        maskaudit.find_label_issues(labels, PRED_PROBS)
    with pytest.raises(ValueError, match="labels of 2\\*\\*63 and more cannot be read beside pred_probs"):
        maskaudit.find_label_issues(labels, PRED_PROBS.astype(">f4"))


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "u1", "u2", ">f2", ">f4", ">f8", ">u2"])
def test_types_of_probabilities(dtype):
    most = {"u1": 255, "u2": 65535, ">u2": 65535}.get(dtype)
    stored = (PRED_PROBS * most).round().astype(dtype) if most else PRED_PROBS.astype(dtype)
    computed = np.float64 if dtype.endswith("f8") else np.float32
    plain = (stored.astype(computed) / computed(most)) if most else stored.astype(computed)
    found = results(LABELS.astype(np.uint8), stored)
    assert found["quality"].dtype == computed
    assert_same(found, results(LABELS, plain))


def views(array):
    """The same values by other strides, each in memory of its own."""
    wide = np.zeros([2 * extent for extent in array.shape], array.dtype)
    wide[tuple(slice(None, None, 2) for _ in array.shape)] = array
    yield "every second", wide[tuple(slice(None, None, 2) for _ in array.shape)]
    backwards = tuple(slice(None, None, -1) for _ in array.shape)
    yield "backwards", array[backwards].copy()[backwards]
    yield "Fortran order", np.asfortranarray(array)
    yield "first axis last", np.moveaxis(np.moveaxis(array, 0, -1).copy(), -1, 0)
    yield "second axis last", np.moveaxis(np.moveaxis(array, 1, -1).copy(), -1, 1)
    padded = np.zeros([extent + 3 for extent in array.shape], array.dtype)
    inner = tuple(slice(1, 1 + extent) for extent in array.shape)
    padded[inner] = array
    yield "inside", padded[inner]
    read_only = array.copy()
    read_only.flags.writeable = False
    yield "read-only", read_only


@pytest.mark.parametrize("name", [name for name, _ in views(LABELS)])
@pytest.mark.parametrize("dtype", ["f4", "f8", ">f4"])
def test_layouts(name, dtype):
    pred_probs = PRED_PROBS.astype(dtype)
    expected = results(LABELS, PRED_PROBS.astype(dtype[-2:]))
    labels_view, probs_view = dict(views(LABELS))[name], dict(views(pred_probs))[name]
    np.testing.assert_array_equal(probs_view, pred_probs)
    assert_same(results(labels_view, probs_view), expected)
    issues = dict(views(expected["issues"]))[name]
    table = maskaudit.common_label_issues(issues, labels_view, probs_view, verbose=False)
    np.testing.assert_array_equal(table.values, expected["table"])


@pytest.mark.parametrize("shape", [(4, 3, 7), (2, 3, 4, 5, 6), (0, 3, 4, 5), (2, 3, 0, 5), (1, 1, 1, 1)])
def test_shapes(shape):
    labels, pred_probs = make_data(shape)
    images, pixels = maskaudit.get_label_quality_scores(labels, pred_probs)
    assert images.shape == shape[:1] and pixels.shape == labels.shape
    assert maskaudit.find_label_issues(labels, pred_probs).shape == labels.shape
    np.testing.assert_array_equal(pixels, np.take_along_axis(pred_probs, labels[:, None], 1)[:, 0])


def test_memory_mapped_files(tmp_path):
    np.save(tmp_path / "labels.npy", LABELS.astype(np.uint8))
    np.save(tmp_path / "pred_probs.npy", PRED_PROBS)
    mapped = [np.load(tmp_path / name, mmap_mode="r") for name in ("labels.npy", "pred_probs.npy")]
    assert all(isinstance(array, np.memmap) for array in mapped)
    assert_same(results(*mapped), results(LABELS, PRED_PROBS))


def test_lists_and_other_array_likes():
    class Tensor:
        def __array__(self, dtype=None):
            return PRED_PROBS

    found = maskaudit.find_label_issues(LABELS.tolist(), Tensor())
    np.testing.assert_array_equal(found, maskaudit.find_label_issues(LABELS, PRED_PROBS))


def test_memory_that_is_not_aligned():
    def shifted(array):
        memory = np.zeros(array.nbytes + 1, np.uint8)[1:].view(array.dtype).reshape(array.shape)
        memory[...] = array
        assert not memory.flags.aligned
        return memory

    found = maskaudit.find_label_issues(shifted(LABELS), PRED_PROBS)
    np.testing.assert_array_equal(found, maskaudit.find_label_issues(LABELS, PRED_PROBS))
    with pytest.raises(ValueError, match="pred_probs do not lie at multiples of their size in memory"):
        maskaudit.find_label_issues(LABELS, shifted(PRED_PROBS))


def test_bytes_of_a_mask_may_be_any():
    issues = maskaudit.find_label_issues(LABELS, PRED_PROBS)
    as_255 = (issues * np.uint8(255)).view(bool)
    np.testing.assert_array_equal(
        maskaudit.filter_by_class(1, as_255, LABELS, PRED_PROBS),
        maskaudit.filter_by_class(1, issues, LABELS, PRED_PROBS),
    )


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4", "u1", "i8"])
def test_types_of_scores(dtype):
    pixels = (np.arange(24).reshape(2, 3, 4) % 3).astype(dtype)
    images = np.array([1, 0], dtype)
    np.testing.assert_array_equal(maskaudit.issues_from_scores(images, pixels[:, ::-1], 0.5), pixels[:, ::-1] == 0)
    assert maskaudit.issues_from_scores(images).tolist() == [1]


def test_input_stays_as_it_was():
    labels, pred_probs = LABELS.copy(), PRED_PROBS.copy()
    results(labels, pred_probs)
    np.testing.assert_array_equal(labels, LABELS)
    np.testing.assert_array_equal(pred_probs, PRED_PROBS)
