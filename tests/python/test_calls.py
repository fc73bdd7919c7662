"""What a call does besides its result: memory, other threads, Ctrl-C, progress, imports."""

import io
import pathlib
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import maskaudit
from conftest import make_data

LABELS, PRED_PROBS = make_data((4, 3, 64, 64))

# Calls of every function on arrays of which the probabilities take 218 MB as float32, and how much more each needed at
# its peak, results included.
CALLS = """
import sys
import numpy as np
import maskaudit, pandas

def status(key):
    return 1024 * next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(key))

dtype, order, *calls = sys.argv[1:]
fractions = {"u1": 255}.get(dtype, 1)
memory = np.empty((13, 512, 1024, 8) if order == "last" else (13, 8, 512, 1024), dtype)
pred_probs = np.moveaxis(memory, -1, 1) if order == "last" else memory
pred_probs[...] = fractions // 14 if fractions > 1 else 1 / 14
pred_probs[:, 0] = fractions / 2
labels = np.zeros((13, 512, 1024), np.uint8)
labels[:, 200:300, 300:500] = 1
issues = labels == 1
for call in calls:
    open("/proc/self/clear_refs", "w").write("5")  # the peak from now on
    before = status("VmRSS")
    result = eval(call)
    print(call, (status("VmHWM") - before) / 1e6)
    del result
"""


def run(code, *arguments, **options):
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


@pytest.mark.parametrize("dtype, order", [("f4", "first"), ("f4", "last"), (">f4", "first"), ("u1", "first")])
def test_probabilities_are_not_copied(dtype, order):
    calls = [
        "maskaudit.get_label_quality_scores(labels, pred_probs)",
        "maskaudit.get_label_quality_scores(labels, pred_probs, method='num_pixel_issues')",
        "maskaudit.find_label_issues(labels, pred_probs)",
        "maskaudit.common_label_issues(issues, labels, pred_probs, verbose=False)",
        "maskaudit.filter_by_class(1, issues, labels, pred_probs)",
        "maskaudit.display_issues(issues, labels=labels, pred_probs=pred_probs, top=1)",
    ]
    result = run(CALLS, dtype, order, *calls)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert len(lines) == len(calls)
    # Results take 27 MB at most, labels as int64, which another byte order needs, 55 MB.
    most = 150 if dtype.startswith(">") else 80
    for line in lines:
        assert float(line.rsplit(" ", 1)[1]) < most, line


def test_the_measure_sees_a_copy():
    result = run(CALLS, "f4", "first", "maskaudit.find_label_issues(labels, pred_probs.copy())")
    assert float(result.stdout.rsplit(" ", 1)[1]) > 218


# Many images that take no memory: one again and again, of which every pixel is surely right.
MANY = """
import numpy as np
import maskaudit

def many(images):
    image = np.zeros((4, 256, 256), np.float32)
    image[0] = 1
    return np.broadcast_to(np.uint8(0), (images, 256, 256)), np.broadcast_to(image, (images, 4, 256, 256))
"""
exec(MANY)


def large_image():
    """An image of 25 million pixels that takes no memory: a row again and again."""
    labels, pred_probs = many(1)
    return np.broadcast_to(labels[0, :1], (100000, 256)), np.broadcast_to(pred_probs[0, :, :1], (4, 100000, 256))


@pytest.mark.parametrize(
    "call",
    [
        lambda: maskaudit.find_label_issues(*many(1000), n_jobs=1),
        lambda: maskaudit.get_label_quality_scores(*many(1500), n_jobs=1),
        lambda: maskaudit.LabelInspector(4, n_jobs=1).add(*large_image()),
        lambda: maskaudit.issues_from_scores(np.zeros(300), many(300)[1][:, 0]),
    ],
    ids=["find_label_issues", "get_label_quality_scores", "LabelInspector.add", "issues_from_scores"],
)
def test_other_threads_run_meanwhile(call):
    """Another thread counts while the call is made, at least a tenth as fast as while this one sleeps."""

    def counted_a_second(wait):
        counted, stop = 0, threading.Event()

        def count():
            nonlocal counted
            while not stop.is_set():
                counted += 1

        thread = threading.Thread(target=count)
        thread.start()
        before, started = counted, time.monotonic()
        wait()
        passed, counted_then = time.monotonic() - started, counted
        stop.set()
        thread.join()
        assert passed > 0.02, "too short to tell"
        return (counted_then - before) / passed

    assert counted_a_second(call) > 0.1 * counted_a_second(lambda: time.sleep(0.1))


@pytest.mark.parametrize(
    "call",
    ["maskaudit.find_label_issues(*data)", "maskaudit.get_label_quality_scores(*data)",
     "maskaudit.get_label_quality_scores(*data, method='num_pixel_issues')"],
)
def test_ctrl_c_ends_a_call(call):
    code = MANY + f"""
import os, signal, threading, time
data = many(30000)
started = time.monotonic()
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    {call}
    print("not interrupted")
except KeyboardInterrupt:
    print("interrupted", time.monotonic() - started)
print(maskaudit.find_label_issues(*many(2)).shape)
"""
    lines = run(code).stdout.splitlines()
    assert lines[0].startswith("interrupted ") and float(lines[0].split()[1]) < 2
    assert lines[1] == "(2, 256, 256)"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_seen_at_a_terminal_alone(monkeypatch):
    data = many(2000)
    for stderr, verbose in ((Terminal(), False), (io.StringIO(), True), (None, True)):
        monkeypatch.setattr(sys, "stderr", stderr)
        maskaudit.find_label_issues(*data, n_jobs=1, verbose=verbose)
        assert stderr is None or stderr.getvalue() == ""
    monkeypatch.setattr(sys, "stderr", Terminal())
    maskaudit.find_label_issues(*data, n_jobs=1)  # takes some tenths of a second
    lines = sys.stderr.getvalue().split("\r")
    assert lines[1].startswith("find_label_issues [") and lines[1].rstrip().endswith("/2000")
    assert lines[-2].strip() == "" and len(lines[-2]) == max(map(len, lines)) and lines[-1] == ""  # wiped at the end


def test_progress_that_cannot_be_written_does_not_matter(monkeypatch):
    class Gone(Terminal):
        def write(self, text):
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Gone())
    assert not maskaudit.find_label_issues(*many(2000), n_jobs=1).any()


def test_results_depend_on_neither_threads_nor_batches():
    expected = maskaudit.find_label_issues(LABELS, PRED_PROBS)
    scores = maskaudit.get_label_quality_scores(LABELS, PRED_PROBS)
    assert expected.any()
    for options in ({"n_jobs": 1}, {"n_jobs": 7}, {"batch_size": 1}, {"n_jobs": np.int64(3), "batch_size": 10**9}):
        np.testing.assert_array_equal(maskaudit.find_label_issues(LABELS, PRED_PROBS, **options), expected)
        for found, wanted in zip(maskaudit.get_label_quality_scores(LABELS, PRED_PROBS, **options), scores):
            np.testing.assert_array_equal(found, wanted)


def test_works_in_a_forked_process():
    code = """
import multiprocessing, numpy as np, maskaudit
labels = np.zeros((8, 200, 200), int); probs = np.full((8, 3, 200, 200), 1 / 3)
def work(n): return int(maskaudit.find_label_issues(labels, probs, n_jobs=3).sum())
if __name__ == "__main__":
    first = work(0)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(work, range(4)) == [first] * 4
    print("done")
"""
    assert run(code).stdout == "done\n"


def test_tables_without_pandas(monkeypatch):
    issues = maskaudit.find_label_issues(LABELS, PRED_PROBS)
    table = maskaudit.common_label_issues(issues, LABELS, PRED_PROBS, verbose=False)
    monkeypatch.setitem(sys.modules, "pandas", None)
    rows = maskaudit.common_label_issues(issues, LABELS, PRED_PROBS, verbose=False)
    assert rows == [tuple(row) for row in table.values.tolist()] and len(rows) > 1


def test_import_is_cheap():
    code = (
        "import numpy, sys, time; started = time.monotonic(); import maskaudit; "
        "assert not {'pandas', 'tqdm', 'PIL'} & set(sys.modules); print(time.monotonic() - started)"
    )
    assert min(float(run(code).stdout) for _ in range(3)) < 0.3


def test_quickstart():
    path = pathlib.Path(__file__).resolve().parents[2] / "examples" / "python" / "quickstart.py"
    result = subprocess.run([sys.executable, path], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[0] == "[[[False False  True False]]]"
