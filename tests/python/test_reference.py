"""The functions return what cleanlab 2.9.0 returned for the cases of tests/reference."""

import numpy as np
import pytest

import maskaudit


def assert_scores(found, stored):
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, stored, rtol=1e-12, atol=1e-15)


def issues_of(case):
    return case.load(next(row for row in case.rows("find_label_issues") if row["downsample"] == 1)["mask"])


def test_softmin(case):
    for row in case.rows("softmin"):
        images, pixels = maskaudit.get_label_quality_scores(
            case.labels, case.pred_probs, method="softmin", temperature=row["temperature"], verbose=False
        )
        assert_scores(images, case.load(row["image_scores"]))
        assert pixels.dtype == case.pred_probs.dtype
        np.testing.assert_array_equal(pixels.astype(np.float64), case.load(row["pixel_scores"]))


def test_num_pixel_issues(case):
    for row in case.rows("num_pixel_issues"):
        images, pixels = maskaudit.get_label_quality_scores(
            case.labels, case.pred_probs, method="num_pixel_issues", downsample=row["downsample"]
        )
        assert_scores(images, case.load(row["image_scores"]))
        np.testing.assert_array_equal(pixels, case.load(row["pixel_scores"]))


def test_find_label_issues(case):
    for row in case.rows("find_label_issues"):
        issues = maskaudit.find_label_issues(case.labels, case.pred_probs, downsample=row["downsample"])
        assert issues.dtype == np.bool_ and issues.sum() == row["num_issues"]
        np.testing.assert_array_equal(issues, case.load(row["mask"]))


def test_issues_from_scores(case):
    images, pixels = maskaudit.get_label_quality_scores(case.labels, case.pred_probs)
    for row in case.rows("issues_from_scores"):
        mask = maskaudit.issues_from_scores(images, pixels, row["threshold"])
        np.testing.assert_array_equal(mask, case.load(row["mask"]))
        ranked = maskaudit.issues_from_scores(images, threshold=row["threshold"])
        assert ranked.dtype == np.int64 and ranked.tolist() == row["ranked_images_below"]
        ranked = maskaudit.issues_from_scores(images, threshold=row["threshold"], cleanlab_2_9=True)
        assert ranked.tolist() == row["ranked_images_cleanlab_2_9"]


def test_common_label_issues(case):
    for row in case.rows("common_label_issues"):
        table = maskaudit.common_label_issues(
            issues_of(case), case.labels, case.pred_probs, exclude=row["exclude"], verbose=False
        )
        assert list(table.columns) == ["given_label", "predicted_label", "num_pixel_issues"]
        assert table.values.tolist() == row["rows"]


def test_filter_by_class(case):
    for row in case.rows("filter_by_class"):
        mask = maskaudit.filter_by_class(row["class"], issues_of(case), case.labels, case.pred_probs)
        np.testing.assert_array_equal(mask, case.load(row["mask"]))


def test_modules_have_the_names_of_cleanlab_segmentation():
    import maskaudit.filter, maskaudit.rank, maskaudit.summary

    assert maskaudit.filter.find_label_issues is maskaudit.find_label_issues
    assert maskaudit.rank.get_label_quality_scores is maskaudit.get_label_quality_scores
    assert maskaudit.rank.issues_from_scores is maskaudit.issues_from_scores
    for name in ("common_label_issues", "display_issues", "filter_by_class"):
        assert getattr(maskaudit.summary, name) is getattr(maskaudit, name)


@pytest.mark.parametrize(
    "function, positional, defaults",
    [
        ("get_label_quality_scores", ["labels", "pred_probs"],
         {"method": "softmin", "batch_size": None, "n_jobs": None, "verbose": True, "temperature": 0.1,
          "downsample": 1}),
        ("issues_from_scores", ["image_scores", "pixel_scores", "threshold"], {"pixel_scores": None, "threshold": 0.1}),
        ("find_label_issues", ["labels", "pred_probs"],
         {"batch_size": None, "n_jobs": None, "verbose": True, "downsample": 1}),
        ("common_label_issues", ["issues", "labels", "pred_probs"],
         {"class_names": None, "exclude": None, "top": None, "verbose": True}),
        ("filter_by_class", ["class_index", "issues", "labels", "pred_probs"], {}),
        ("display_issues", ["issues"],
         {"labels": None, "pred_probs": None, "class_names": None, "exclude": None, "top": None}),
    ],
)
def test_arguments_are_those_of_cleanlab(function, positional, defaults):
    import inspect

    parameters = inspect.signature(getattr(maskaudit, function)).parameters
    assert [p.name for p in parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD] == positional
    for name, value in defaults.items():
        assert parameters[name].default == value
    assert all(p.default is not p.empty for p in parameters.values() if p.kind is p.KEYWORD_ONLY)
