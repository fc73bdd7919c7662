"""What is drawn, and where it goes."""

import io
import pathlib
import re

import numpy as np
import pytest

import maskaudit
from conftest import make_data

PIL_Image = pytest.importorskip("PIL.Image")

LABELS, PRED_PROBS = make_data((4, 3, 20, 30))
ISSUES = np.zeros(LABELS.shape, bool)
ISSUES[2, 5:15, 5:15] = True
ISSUES[0, 0, 0] = True
ISSUES[3, 1, 1] = True
RED, GREY = [255, 0, 0], [192, 192, 192]


def has(picture, color):
    return (picture == color).all(axis=-1).any()


def test_worst_images_come_first():
    panels = maskaudit.display_issues(ISSUES, labels=LABELS, pred_probs=PRED_PROBS)
    assert len(panels) == 3  # image 1 has none
    for picture in panels:
        assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3 and has(picture, RED)
    red = [(picture == RED).all(axis=-1).sum() for picture in panels]
    assert red[0] > red[1] and not has(panels[0], GREY)
    assert len(maskaudit.display_issues(ISSUES, labels=LABELS, pred_probs=PRED_PROBS, top=2)) == 2
    assert maskaudit.display_issues(ISSUES & False, labels=LABELS, pred_probs=PRED_PROBS) == []


def test_top_is_20_unless_given():
    labels, pred_probs = make_data((30, 2, 4, 4))
    every = {"labels": labels, "pred_probs": pred_probs}
    assert len(maskaudit.display_issues(np.ones(labels.shape, bool), **every)) == 20
    assert len(maskaudit.display_issues(np.ones(labels.shape, bool), **every, top=0)) == 30
    assert len(maskaudit.display_issues(np.ones(labels.shape, bool), top=0)) == 30
    assert len(maskaudit.display_issues(np.ones(labels.shape, bool))) == 20


@pytest.mark.parametrize("given", [{"labels": LABELS, "pred_probs": PRED_PROBS}, {}])
def test_files_hold_what_the_arrays_do(tmp_path, given):
    folder = tmp_path / "a folder" / "pänels"
    files = maskaudit.display_issues(ISSUES, **given, class_names=["a", "b", "ç"], folder=folder)
    assert files == [folder / name for name in ("000002.png", "000000.png", "000003.png")]
    assert all(isinstance(file, pathlib.Path) for file in files)
    for file, picture in zip(files, maskaudit.display_issues(ISSUES, **given, class_names=["a", "b", "ç"])):
        np.testing.assert_array_equal(np.asarray(PIL_Image.open(file).convert("RGB")), picture)
    assert sorted(folder.iterdir()) == sorted(files)


def test_masks_that_are_not_given_are_grey():
    both = maskaudit.display_issues(ISSUES, labels=LABELS, pred_probs=PRED_PROBS, top=1)[0]
    neither = maskaudit.display_issues(ISSUES, top=1)[0]
    width = neither.shape[1] // 3
    assert has(neither, GREY) and has(neither, RED)
    for given in ({"labels": LABELS}, {"pred_probs": PRED_PROBS}):
        one = maskaudit.display_issues(ISSUES, **given, top=1)[0]
        assert has(one, GREY) and has(one, RED)
        same, other = (slice(0, width), slice(width, 2 * width))
        if "pred_probs" in given:
            same, other = other, same
        assert not (one[:160, other] != neither[:160, other]).any()
        assert (one[:160, same] != neither[:160, same]).any()
        assert not (one[:160, same] != both[:160, same]).any()


def test_ignored_pixels_are_grey_and_no_issues():
    labels = LABELS.copy()
    labels[2], labels[0, 0, 0] = 255, 255
    for given in ({"labels": labels, "pred_probs": PRED_PROBS}, {"labels": labels}):
        panels = maskaudit.display_issues(ISSUES, **given, ignore_label=255)
        assert len(panels) == 1
    labels[3, 10:] = 255
    assert has(maskaudit.display_issues(ISSUES, labels=labels, pred_probs=PRED_PROBS, ignore_label=255)[0], GREY)


@pytest.mark.parametrize("exclude", [[0], [1, 2], [0, 1, 2], [7, -1], []])
def test_excluded_classes(exclude):
    predicted = PRED_PROBS.argmax(axis=1)
    left = ISSUES & ~np.isin(predicted, exclude)
    given = {"labels": LABELS, "pred_probs": PRED_PROBS}
    found = maskaudit.display_issues(ISSUES, **given, exclude=exclude)
    expected = maskaudit.display_issues(left, **given)
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        np.testing.assert_array_equal(one, other)


def test_excluded_classes_beside_ignored_labels():
    labels, pred_probs = LABELS.copy(), PRED_PROBS.copy()
    labels[2, 7] = 255
    pred_probs[2, :, 7] = np.nan
    panels = maskaudit.display_issues(ISSUES, labels=labels, pred_probs=pred_probs, ignore_label=255, exclude=[0])
    assert len(panels) >= 1


def test_the_only_class_excluded():
    labels, pred_probs = np.zeros((1, 2, 2), int), np.ones((1, 1, 2, 2))
    issues = np.ones((1, 2, 2), bool)
    assert maskaudit.display_issues(issues, labels=labels, pred_probs=pred_probs, exclude=[0]) == []
    assert len(maskaudit.display_issues(issues, labels=labels, pred_probs=pred_probs)) == 1


def test_photos():
    photos = np.zeros((*LABELS.shape, 3), np.uint8)
    photos[...] = [10, 200, 30]
    for given in ({"labels": LABELS, "pred_probs": PRED_PROBS}, {}):
        without = maskaudit.display_issues(ISSUES, **given)
        panels = maskaudit.display_issues(ISSUES, **given, images=photos[:, ::-1])
        assert len(panels) == 3
        for one, other in zip(panels, without):
            assert has(one, [10, 200, 30]) and not has(other, [10, 200, 30]) and one.shape[1] > other.shape[1]


def test_printed_table(capsys):
    names = ["sky", "road", "car"]
    table = maskaudit.common_label_issues(ISSUES, LABELS, PRED_PROBS, class_names=names, top=1)
    first = table.iloc[0]
    lines = capsys.readouterr().out.splitlines()
    pixels = f"{first.num_pixel_issues} pixels"
    assert lines[0] == f"given {first.given_label}, predicted {first.predicted_label}: {pixels}"
    assert len(lines) == 2 and lines[1] == f"and {len(table) - 1} more pairs of classes"
    assert set(table.given_label) <= set(names) and table.num_pixel_issues.sum() == ISSUES.sum()
    maskaudit.common_label_issues(ISSUES, LABELS, PRED_PROBS, verbose=False)
    assert capsys.readouterr().out == ""


NO_CLASS = LABELS.copy()
NO_CLASS[1, 2, 3] = -1


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: maskaudit.display_issues(ISSUES[0]), "issues have shape (20, 30): only images of two axes"),
        (lambda: maskaudit.display_issues(ISSUES[..., None], labels=LABELS[..., None],
                                          pred_probs=PRED_PROBS[..., None]),
         "only those of two axes, (H, W), can be drawn"),
        (lambda: maskaudit.display_issues(ISSUES, labels=LABELS[:1]), "labels has (1, 20, 30): they must be the same"),
        (lambda: maskaudit.display_issues(ISSUES, labels=NO_CLASS), "labels: image 1, pixel (2, 3): -1 must be"),
        (lambda: maskaudit.display_issues(ISSUES, labels=LABELS * 0.5), "labels are of type float64"),
        (lambda: maskaudit.display_issues(ISSUES, pred_probs=LABELS), "it must be (N, K, H, W)"),
        (lambda: maskaudit.display_issues(ISSUES, pred_probs=PRED_PROBS * np.nan), "values must be from 0 to 1"),
        (lambda: maskaudit.display_issues(ISSUES, pred_probs=PRED_PROBS > 0.5), "pred_probs are of type bool"),
        (lambda: maskaudit.display_issues(ISSUES, exclude=[1]), "labels and pred_probs must be given as well"),
        (lambda: maskaudit.display_issues(ISSUES, images=np.zeros((4, 20, 30), np.uint8)), "images have shape"),
        (lambda: maskaudit.display_issues(ISSUES, labels=LABELS, pred_probs=PRED_PROBS, images=np.zeros((4, 2, 3, 3))),
         "images must be uint8 of shape (N, H, W, 3)"),
        (lambda: maskaudit.display_issues(ISSUES, images=np.zeros((4, 20, 30, 3))), "an image must be uint8"),
        (lambda: maskaudit.display_issues(ISSUES, labels=LABELS, pred_probs=PRED_PROBS, class_names=["a"]),
         "there are 1 class names"),
    ],
)
def test_refuses(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


@pytest.mark.parametrize("given", [{"labels": LABELS, "pred_probs": PRED_PROBS}, {}])
def test_folders_that_cannot_be_made(tmp_path, given):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError):
        maskaudit.display_issues(ISSUES, **given, folder=tmp_path / "file" / "folder")
