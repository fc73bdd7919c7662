"""Tables of memory, instructions, compile time and large files."""

import json
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import tempfile
import time

from timings import TARGETS, Failure, mark, markdown


def output_of(command, **environment):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, **environment})
    if done.returncode != 0:
        raise Failure(f"{command[0]} failed:\n{done.stderr}")
    return done


def memory(options):
    command = [options.build / "maskaudit_peak_memory"] + (["--quick"] if options.quick else [])
    measured = {}
    for entry in json.loads(output_of(command).stdout):
        measured.setdefault((entry["data"], entry["function"]), []).append(entry)
    if len(measured) != 9 or any(len(entries) != 2 for entries in measured.values()):
        raise Failure("maskaudit_peak_memory did not measure nine cases at two sizes")
    accuracy = 0.1  # bytes a pixel: the system counts resident pages in lots
    rows = []
    for (data, function), (few, many) in measured.items():
        growth = {key: many[key] - few[key] for key in ("pixels", "candidates", "bytes")}
        candidates = growth["candidates"] / growth["pixels"]
        bytes_a_pixel = growth["bytes"] / growth["pixels"]
        promise = TARGETS["memory"][function]
        most = promise["bytes_a_pixel"] + promise["bytes_a_candidate"] * candidates
        rows.append([f"{function}, {data}", f"{candidates:.3f}",
                     f"{bytes_a_pixel:.2f}{mark(bytes_a_pixel, most + accuracy)}", f"{most:.2f}",
                     f"{few['bytes'] / 2**20:.1f}", f"{many['bytes'] / 2**20:.1f}"])
    return "\n".join([
        "Peak memory beyond inputs and results, 19 classes, 2 threads: how it grows with the number of images, what it "
        "may grow by, and what it is for a few and for many.\n",
        markdown(["call", "candidates a pixel", "bytes a pixel", "at most", "MiB, few images", "MiB, many"], rows),
        "Candidates: pixels whose predicted class is not the given one. "
        "Few and many: 4 and 24 images of 512 x 1024.\n"])


def drop_from_cache(file):
    descriptor = os.open(file, os.O_RDONLY)
    os.fsync(descriptor)  # what has not been written yet cannot be dropped
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def most_anonymous_memory(process):
    """In bytes, while a process runs: as the system counts it, asked for every few milliseconds."""
    most = 0
    while process.poll() is None:
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        most = max([most, *(1024 * int(kilobytes) for kilobytes in re.findall(r"^RssAnon:\s+(\d+)", status, re.M))])
        time.sleep(0.005)
    return most


def larger_than_memory(options):
    program = options.build.parent / "bin/maskaudit"
    images, height, width = (3, 64, 96) if options.quick else (300, 512, 1024)
    limit = 10**9  # bytes; the system refuses the program more private memory than that

    def seconds_of(command, **how):
        for file in files:
            drop_from_cache(file)
        start = time.monotonic()
        process = subprocess.Popen(command, **how)
        memory = most_anonymous_memory(process)
        if process.returncode != 0:
            raise Failure(f"{command[0]} failed")
        return time.monotonic() - start, memory

    with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
        output_of([options.build / "maskaudit_scene_files", folder, str(images), str(height), str(width), "19"])
        labels, pred_probs = files = [pathlib.Path(folder, name) for name in ("labels.npy", "pred_probs.npy")]
        audit = [program, "audit", labels, pred_probs, "--ignore-label", "255", "--quiet", "--out",
                 pathlib.Path(folder, "audit")]
        rows, ratios = [], []
        for _ in range(min(3, options.repetitions)):
            with open(os.devnull, "wb") as nowhere:
                cat, _ = seconds_of(["cat", pred_probs], stdout=nowhere)
            seconds, memory = seconds_of(audit, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA,
                                                                                      (limit, limit)))
            ratios.append(cat / seconds)
            rows.append([f"{cat:.2f}", f"{seconds:.2f}", f"{100 * cat / seconds:.0f} %", f"{memory / 2**20:.0f}"])
        size = pred_probs.stat().st_size
    ratio = statistics.median(ratios)
    return "\n".join([
        f"`maskaudit audit` of a file of {size / 1e9:.1f} GB, not in the system's cache, with at most 1 GB of private "
        f"memory: {100 * ratio:.0f} % of the speed of `cat`{mark(-ratio, -0.7)} (target: 70 %).\n",
        markdown(["`cat`, s", "`audit`, s", "speed", "anonymous memory, MiB"], rows),
        f"{images} images of {height} x {width}, 19 classes. Disks of virtual machines vary: compare within a row.\n"])


def on_ranks(ranks, *command):
    if not shutil.which("mpiexec"):
        raise Failure("ranks are started by mpiexec, which is not installed")
    script = pathlib.Path(__file__).resolve().parent.parent / "tests/mpi/on_ranks.sh"
    return output_of([script, "mpiexec", str(ranks), *command])


def scaling(options):
    height, width = (64, 96) if options.quick else (512, 1024)
    images_a_rank = 2 if options.quick else 6

    def measure(ranks, images):
        measured = json.loads(on_ranks(ranks, options.build / "maskaudit_scaling", str(images), str(height), str(width),
                                       str(options.repetitions)).stdout)
        if measured["issues"] == 0:
            raise Failure("maskaudit_scaling found nothing")
        return measured

    rows = []
    for name, images_of in (("the same images", lambda _: 4 * images_a_rank),
                            ("as many a rank", lambda ranks: ranks * images_a_rank)):
        alone = None
        for ranks in (1, 2, 4):
            images = images_of(ranks)
            now = measure(ranks, images)
            if now["ranks"] != ranks:
                raise Failure(f"mpiexec started {now['ranks']} ranks in place of {ranks}")
            whole = now["look"] + now["decide"]
            alone = alone or whole / images
            rows.append([name, str(ranks), str(images), f"{1000 * now['floor']:.1f}", f"{1000 * now['look']:.1f}",
                         f"{now['look'] / now['floor']:.2f}", f"{1000 * now['decide']:.1f}",
                         f"{1000 * now['histogram']:.2f}", f"{1e6 * now['small']:.0f}",
                         f"{alone / (whole / images):.2f}"])
    return "\n".join([
        f"Images of {height} x {width}, 19 classes, shared by the ranks of MPI on one machine of {os.cpu_count()} "
        "cores, with a thread each. More ranks than cores take turns.\n",
        markdown(["", "ranks", "images", "read floor, ms", "look, ms", "look, floors", "decide, ms",
                  "sum of a histogram, ms", "sum of a number, µs", "images a second, times those of one rank"], rows)])


def program_scaling(options):
    # Few enough for the program not to take them for larger than memory.
    images, height, width = (3, 64, 96) if options.quick else (140, 512, 1024)

    def seconds_of(run):
        start = time.monotonic()
        run()
        return time.monotonic() - start

    with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
        output_of([options.build / "maskaudit_scene_files", folder, str(images), str(height), str(width), "19"])
        audit = [options.build.parent / "bin/maskaudit", "audit", pathlib.Path(folder, "labels.npy"),
                 pathlib.Path(folder, "pred_probs.npy"), "--ignore-label", "255", "--quiet", "--jobs", "1", "--out",
                 pathlib.Path(folder, "audit")]
        runs = {"without mpirun": lambda: output_of(audit)}
        for ranks in (1, 2, 4):
            runs[f"mpirun, {ranks} rank{'s' if ranks > 1 else ''}"] = lambda ranks=ranks: on_ranks(ranks, *audit)
        output_of(audit)  # by which the system has the files in its cache
        seconds = {name: [] for name in runs}
        for _ in range(options.repetitions):
            for name, run in runs.items():
                seconds[name].append(seconds_of(run))
    alone = statistics.median(seconds["without mpirun"])
    return "\n".join([
        f"`maskaudit audit` of {images} images of {height} x {width}, 19 classes, in the system's cache, on a machine of "
        f"{os.cpu_count()} cores with a thread a rank, from its start to its end.\n",
        markdown(["", "s", "of one process"], [[name, f"{statistics.median(times):.2f}",
                                                f"{statistics.median(times) / alone:.2f}"]
                                               for name, times in seconds.items()])])


def instructions(options):
    if not shutil.which("valgrind"):
        raise Failure("instructions are counted by valgrind, which is not installed")
    program = options.build / "maskaudit_instructions"
    few, many = (1, 2) if options.quick else (2, 6)
    sets = ("sse2",) if options.quick else ("sse2", "avx2")  # valgrind knows no AVX-512

    def count(case, images, instruction_set):
        done = output_of(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no",
                          "--toggle-collect=maskaudit_measured_call", program, case, str(images)],
                         MASKAUDIT_INSTRUCTION_SET=instruction_set)
        return int(re.search(r"Collected : (\d+)", done.stderr).group(1)), int(done.stdout)

    rows = []
    for case in output_of([program]).stdout.split():
        row = [case.replace("_2_classes", ", 2 classes").replace("_random_labels", ", random labels")]
        for instruction_set in sets:
            (a, fewer_pixels), (b, pixels) = count(case, few, instruction_set), count(case, many, instruction_set)
            per_pixel = (b - a) / (pixels - fewer_pixels)
            if not per_pixel > 0:
                raise Failure(f"{case} takes {per_pixel} instructions a pixel")
            row.append(f"{per_pixel:.1f}")
        rows.append(row)
    return "\n".join(["Instructions a pixel on one thread, 19 classes unless said, by `MASKAUDIT_INSTRUCTION_SET`.\n",
                      markdown(["call", *sets], rows),
                      f"The difference between {few} and {many} images of 128 x 256 under callgrind.\n"])


XTENSOR = """
#if __has_include(<xtensor/containers/xtensor.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>
#endif
"""
SOURCES = {
    "xtensor": XTENSOR,
    "xtensor, oneTBB, intrinsics":
        XTENSOR + "#include <tbb/parallel_for.h>\n#include <tbb/task_arena.h>\n#include <immintrin.h>\n",
    "maskaudit": "#include <maskaudit/maskaudit.hpp>\n",
}


def compile_time(options):
    times = {name: [] for name in SOURCES}
    with tempfile.TemporaryDirectory() as folder:
        unmeasured = 0 if options.quick else 1  # which reads the headers from the disk
        for number in range(unmeasured + options.repetitions):
            for name, source in SOURCES.items():
                file = pathlib.Path(folder, "unit.cpp")
                file.write_text(source)
                before = os.times()
                output_of([options.compiler, "-std=c++20", "-O2", f"-I{options.include}", "-c", file,
                           "-o", file.with_suffix(".o")])
                after = os.times()
                if number >= unmeasured:
                    # Of the processor, which other work on the machine disturbs less than that of the clock.
                    times[name].append(after.children_user + after.children_system
                                       - before.children_user - before.children_system)
    seconds = {name: statistics.median(values) for name, values in times.items()}
    rows = []
    for name, value in seconds.items():
        target = TARGETS["compile_time"].get(name)
        ratio = seconds["maskaudit"] / value
        rows.append([name, f"{value:.2f}", f"{ratio:.2f}{mark(ratio, target)}" if target else "",
                     str(target) if target else ""])
    version = output_of([options.compiler, "--version"]).stdout.splitlines()[0]
    return "\n".join(["Compile time of a file that includes nothing but\n",
                      markdown(["headers", "seconds", "maskaudit / this", "target"], rows),
                      f"{version}, `-std=c++20 -O2`; processor time, median of {options.repetitions}, interleaved.\n"])
