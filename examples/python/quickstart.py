"""What the Python module does, on four pixels and on a scene with a known error. Checks what it prints."""

import numpy as np

import maskaudit


def four_pixels():
    # One image of one row and four pixels; two classes. The model is sure that the third pixel is of class 0.
    labels = np.array([[[0, 0, 1, 0]]])
    pred_probs = np.array([[[[0.9, 0.8, 0.9, 0.7]], [[0.1, 0.2, 0.1, 0.3]]]])

    issues = maskaudit.find_label_issues(labels, pred_probs)
    print(issues)  # [[[False False  True False]]]
    assert issues.tolist() == [[[False, False, True, False]]]


def make_scene():
    """Eight images of a sky above a road, with a margin of void. In image 5 a part of the road is labelled as sky."""
    rng = np.random.default_rng(7)
    truth = np.zeros((8, 48, 64), np.uint8)
    truth[:, 24:] = 1
    sure = rng.uniform(0.7, 0.99, truth.shape).astype(np.float32)
    sure[5, 30:40, 10:30] = 0.95
    pred_probs = np.stack([np.where(truth == 0, sure, 1 - sure), np.where(truth == 1, sure, 1 - sure)], axis=1)
    labels = truth.copy()
    labels[:, :2] = 255
    labels[5, 30:40, 10:30] = 0
    return labels, pred_probs


def whole_arrays(labels, pred_probs):
    image_scores, pixel_scores = maskaudit.get_label_quality_scores(labels, pred_probs, ignore_label=255)
    worst = np.argsort(image_scores)[:3]
    issues = maskaudit.find_label_issues(labels, pred_probs, ignore_label=255)
    names = ["sky", "road"]
    table = maskaudit.common_label_issues(issues, labels, pred_probs, class_names=names, ignore_label=255)
    print(worst[0], pixel_scores[5].min(), issues.sum(), len(table))
    assert worst[0] == 5 and issues.sum() == 200 and issues[5, 30:40, 10:30].all() and len(table) == 1


def one_by_one(labels, pred_probs):
    inspector = maskaudit.LabelInspector(num_classes=2, ignore_label=255)
    for image_labels, image_probs in zip(labels, pred_probs):  # of any size, and maybe from a model just now
        inspector.add(image_labels, image_probs)
    found = inspector.finish()
    region = inspector.issue_regions(found, min_area=20)[0]
    print(found.num_issues, region.image, region.begin, region.end)  # 200 5 (30, 10) (40, 30)
    assert (found.num_issues, region.image, region.begin, region.end) == (200, 5, (30, 10), (40, 30))


if __name__ == "__main__":
    four_pixels()
    scene = make_scene()
    whole_arrays(*scene)
    one_by_one(*scene)
