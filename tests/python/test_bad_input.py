"""What cannot be used raises an error that names the place and the rule."""

import re

import numpy as np
import pytest

import maskaudit
from conftest import make_data

LABELS, PRED_PROBS = make_data((2, 3, 4, 6))
ISSUES = np.ones(LABELS.shape, bool)


def changed(array, place, value):
    array = array.copy()
    array[place] = value
    return array


def every_function(labels, pred_probs, **options):
    """Calls that look at all labels and all probabilities."""
    return {
        "softmin": lambda: maskaudit.get_label_quality_scores(labels, pred_probs, **options),
        "num_pixel_issues": lambda: maskaudit.get_label_quality_scores(
            labels, pred_probs, method="num_pixel_issues", **options
        ),
        "find_label_issues": lambda: maskaudit.find_label_issues(labels, pred_probs, **options),
        "common_label_issues": lambda: maskaudit.common_label_issues(ISSUES, labels, pred_probs, **options),
        "filter_by_class": lambda: maskaudit.filter_by_class(0, ISSUES, labels, pred_probs, **options),
        "display_issues": lambda: maskaudit.display_issues(ISSUES, labels=labels, pred_probs=pred_probs, **options),
    }


FUNCTIONS = list(every_function(None, None))
GIVEN = (1, int(LABELS[1, 2, 5]), 2, 5)  # the probability that softmin reads there


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    "labels, pred_probs, message",
    [
        (changed(LABELS, (1, 2, 5), 3), PRED_PROBS,
         "labels: image 1, pixel (2, 5): 3 must be a class from 0 to 2, or be ignored (ignore_label)"),
        (changed(LABELS, (0, 0, 1), -1), PRED_PROBS, "labels: image 0, pixel (0, 1): -1 must be a class from 0 to 2"),
        (LABELS, changed(PRED_PROBS, GIVEN, np.nan), f"pred_probs: image 1, class {GIVEN[1]}, pixel (2, 5): nan"),
        (LABELS, changed(PRED_PROBS, GIVEN, -0.5), f"pred_probs: image 1, class {GIVEN[1]}, pixel (2, 5): -0.5"),
        (LABELS, changed(PRED_PROBS, GIVEN, 1.5), f"pred_probs: image 1, class {GIVEN[1]}, pixel (2, 5): 1.5"),
        (LABELS[:, :3], PRED_PROBS, "labels have shape (2, 3, 6) and pred_probs (2, 3, 4, 6): labels must be"),
        (LABELS, PRED_PROBS[0], "pred_probs (3, 4, 6): labels must be (N, S...) and pred_probs (N, K, S...)"),
        (LABELS, PRED_PROBS[:, :0], "there must be at least one class"),
        (np.int64(3), PRED_PROBS, "labels have shape () and pred_probs (2, 3, 4, 6)"),
        (LABELS.astype(float), PRED_PROBS, "labels are of type float64: they must be integers or bool"),
        (LABELS.astype("U1"), PRED_PROBS, "labels are of type <U1: they must be integers or bool"),
        (LABELS, PRED_PROBS.astype(int), "pred_probs are of type int64: they must be float16, float32 or float64, or"),
        (LABELS, PRED_PROBS.astype(np.longdouble), "pred_probs are of type float128: they must be float16"),
        (LABELS, PRED_PROBS.astype(complex), "pred_probs are of type complex128: they must be float16"),
        (LABELS, PRED_PROBS.astype(object), "pred_probs are of type object: they must be float16"),
    ],
)
def test_data(function, labels, pred_probs, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        every_function(labels, pred_probs)[function]()


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"n_jobs": -1}, ValueError, "n_jobs is -1: it must be at least 1"),
        ({"n_jobs": 2.0}, TypeError, "n_jobs is 2.0: it must be an integer"),
        ({"ignore_label": 2**64}, ValueError, "ignore_label is 18446744073709551616: it must fit 64 bits"),
        ({"ignore_label": "void"}, TypeError, "ignore_label is 'void': it must be an integer"),
        ({"ignore_label": [255, 0.5]}, TypeError, "ignore_label is 0.5: it must be an integer"),
    ],
)
def test_options(function, options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        every_function(LABELS, PRED_PROBS, **options)[function]()


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: maskaudit.get_label_quality_scores(LABELS, PRED_PROBS, method="mean"), ValueError,
         "method is 'mean': it must be 'softmin' or 'num_pixel_issues'"),
        (lambda: maskaudit.get_label_quality_scores(LABELS, PRED_PROBS, temperature=0), ValueError,
         "temperature is 0: it must be above 0"),
        (lambda: maskaudit.get_label_quality_scores(LABELS, PRED_PROBS, temprature=1), TypeError, "temprature"),
        (lambda: maskaudit.get_label_quality_scores(LABELS, PRED_PROBS, temperature="1"), TypeError,
         "temperature is '1': it must be a number"),
        (lambda: maskaudit.issues_from_scores([0.1], threshold=None), TypeError,
         "threshold is None: it must be a number"),
        (lambda: maskaudit.find_label_issues(LABELS, PRED_PROBS, batch_size=0), ValueError,
         "batch_size is 0: it must be at least 1"),
        (lambda: maskaudit.find_label_issues(LABELS, PRED_PROBS, downsample=0), ValueError,
         "downsample is 0: it must be at least 1"),
        (lambda: maskaudit.find_label_issues(LABELS, PRED_PROBS, downsample=4), ValueError,
         "downsample is 4: it must divide every extent of an image of shape (4, 6)"),
        (lambda: maskaudit.find_label_issues(LABELS, PRED_PROBS, downsample_labels="mode"), ValueError,
         "downsample_labels is 'mode': it must be 'mean' or 'majority'"),
        (lambda: maskaudit.issues_from_scores([0.1, 0.2], threshold=1.5), ValueError,
         "threshold is 1.5: it must be from 0 to 1"),
        (lambda: maskaudit.issues_from_scores([[0.1]]), ValueError, "image_scores has shape (1, 1): it must be (N,)"),
        (lambda: maskaudit.issues_from_scores([0.1, np.nan]), ValueError, "image_scores: image 1: nan must be"),
        (lambda: maskaudit.issues_from_scores(["a"]), ValueError, "image_scores are of type <U1: they must be numbers"),
        (lambda: maskaudit.issues_from_scores([0.1], [[[0.1, np.nan]]]), ValueError,
         "pixel_scores: image 0, pixel (0, 1): nan must be a number"),
        (lambda: maskaudit.issues_from_scores([0.1], np.zeros((2, 3))), ValueError,
         "pixel_scores has shape (2, 3): it must be (N, S...) with N = 1"),
        (lambda: maskaudit.filter_by_class(1.5, ISSUES, LABELS, PRED_PROBS), TypeError,
         "class_index is 1.5: it must be an integer"),
        (lambda: maskaudit.filter_by_class(1, LABELS, LABELS, PRED_PROBS), ValueError,
         "issues are of type int64: they must be bool, as in issues != 0"),
        (lambda: maskaudit.filter_by_class(1, ISSUES[:1], LABELS, PRED_PROBS), ValueError,
         "issues has shape (1, 4, 6), labels has (2, 4, 6): they must be the same"),
        (lambda: maskaudit.common_label_issues(ISSUES, LABELS, PRED_PROBS, class_names=["a"]), ValueError,
         "there are 1 class names, pred_probs have 3 classes: there must be one name a class"),
        (lambda: maskaudit.common_label_issues(ISSUES, LABELS, PRED_PROBS, top=-1), ValueError,
         "top is -1: it must be at least 0"),
        (lambda: maskaudit.common_label_issues(ISSUES, LABELS, PRED_PROBS, class_names="ab"), TypeError,
         "class_names is 'ab': it must be a list of names, one a class"),
        (lambda: maskaudit.common_label_issues(ISSUES, LABELS, PRED_PROBS, class_names={0: "a", 1: "b"}), TypeError,
         "it must be a list of names"),
        (lambda: maskaudit.common_label_issues(ISSUES, LABELS, PRED_PROBS, exclude=1), TypeError,
         "exclude is 1: it must be a list of classes"),
        (lambda: maskaudit.common_label_issues(ISSUES, LABELS, PRED_PROBS, exclude=["a"]), TypeError,
         "exclude is 'a': it must be an integer"),
    ],
)
def test_arguments(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()


def test_errors_do_not_outlive_their_call():
    with pytest.raises(ValueError):
        maskaudit.find_label_issues(changed(LABELS, (0, 0, 0), 9), PRED_PROBS)
    assert maskaudit.find_label_issues(LABELS, PRED_PROBS).shape == LABELS.shape
