"""Tables of what maskaudit_benchmarks measures."""

import json
import math
import os
import pathlib
import re
import statistics
import subprocess
import tempfile

TARGETS = json.loads((pathlib.Path(__file__).parent / "targets.json").read_text())
THREADS = (1, 2)


class Failure(Exception):
    """A result that is missing or cannot be right."""


def markdown(header, rows):
    """A table; all columns but the first are numbers."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def mark(value, target):
    """Nothing without a target."""
    return "" if target is None else " ✓" if value <= target else " ✗"


def run(options, benchmark_set="cases", pattern=".", instruction_set=None):
    """The output of maskaudit_benchmarks, parsed. Repetitions are interleaved at random, so that whatever else the
    machine does hits all cases alike."""
    with tempfile.NamedTemporaryFile(suffix=".json") as output:
        command = [options.build / "maskaudit_benchmarks", f"--set={benchmark_set}",
                   f"--benchmark_filter={pattern}", f"--benchmark_repetitions={options.repetitions}",
                   f"--benchmark_min_time={0 if options.quick else 0.02}",
                   "--benchmark_enable_random_interleaving=true",
                   f"--benchmark_out={output.name}", "--benchmark_out_format=json"]
        if options.quick:
            command.append("--quick")
        environment = dict(os.environ)
        if "MASKAUDIT_INSTRUCTION_SET" in environment:
            raise Failure("MASKAUDIT_INSTRUCTION_SET is set: unset it; the mode instruction-sets compares all")
        if instruction_set:
            environment["MASKAUDIT_INSTRUCTION_SET"] = instruction_set
        done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise Failure(f"maskaudit_benchmarks failed:\n{done.stderr}")
        return json.load(output)


class Timings:
    """What was measured, by name and number of threads: an entry of the output for every repetition."""

    def __init__(self, results):
        self.context = results["context"]
        self.entries = {}
        for entry in results["benchmarks"]:
            if entry["run_type"] != "iteration":
                continue
            name, threads = re.fullmatch(r"(.+)/threads:(\d+)/real_time", entry["run_name"]).groups()
            if entry.get("error_occurred"):
                raise Failure(f"{name}: {entry['error_message']}")
            entry["ns"] = entry["real_time"] * {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}[entry["time_unit"]]
            self.entries.setdefault((name, int(threads)), []).append(entry)
        for (name, threads), entries in self.entries.items():
            self.check(name, threads, entries[0], self.entries.get((name, 1), entries)[0])

    @staticmethod
    def check(name, threads, entry, with_one_thread):
        """What was found is never nothing, and does not depend on the number of threads."""
        where = f"{name} with {threads} threads"
        if not entry["amount"] > 0:
            raise Failure(f"{where} found nothing")
        if "/read_" in name:
            if not math.isclose(entry["amount"], entry["pixels"], rel_tol=0.01):
                raise Failure(f"{where}: {entry['pixels']} pixels sum to {entry['amount']}")
        elif entry["amount"] != with_one_thread["amount"]:
            raise Failure(f"{where} found something else than with one")

    def names(self):
        return {name for name, _ in self.entries}

    def repetitions(self):
        return max(map(len, self.entries.values()))

    def values(self, name, threads, over):
        entries = self.entries.get((name, threads))
        if not entries:
            raise Failure(f"there is no result for {name} with {threads} threads")
        values = [entry["ns"] / entry[over] for entry in entries]
        if not all(math.isfinite(value) and value > 0 for value in values):
            raise Failure(f"{name} with {threads} threads took {values} ns over {over}")
        return values

    def per(self, what, name, threads):
        """Nanoseconds a pixel or a probability."""
        return statistics.median(self.values(name, threads, what))

    def ratio(self, name, threads):
        """The median of the repetitions' multiples of the floor, each of the floor that was taken beside it."""
        return statistics.median(self.values(name, threads, "floor_ns"))

    def spread(self):
        """The middle half of a case's multiples, relative to their median: of the middle case, and the largest."""
        spreads = [0.0]
        for (name, threads), entries in self.entries.items():
            if len(entries) > 3:
                low, middle, high = statistics.quantiles(self.values(name, threads, "floor_ns"), n=4)
                spreads.append((high - low) / middle)
        return statistics.median(spreads), max(spreads)

    def machine(self):
        cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
        context = self.context
        return (f"{cpu.group(1) if cpu else 'unknown CPU'}, {context['num_cpus']} processors; {context['compiler']}, "
                f"`{context['flags']}`; median of {self.repetitions()}")


def cases(options):
    if options.json:
        timings = Timings(json.loads(options.json.read_text()))
    else:
        results = run(options)
        if options.keep:
            options.keep.write_text(json.dumps(results, indent=1))
        timings = Timings(results)

    rows = []
    met = []
    for case in TARGETS["cases"]:
        name, targets = case["name"], case.get("targets")
        row = [case["title"]]
        for threads in THREADS:
            ratio = timings.ratio(name, threads)
            target = targets and targets[threads - 1]
            if target is not None:
                met.append(ratio <= target)
            row.append(f"{ratio:.2f} ({timings.per('pixels', name, threads):.2f}){mark(ratio, target)}")
        rows.append(row + [" / ".join(map(str, targets)) if targets else ""])
    unlisted = timings.names() - {case["name"] for case in TARGETS["cases"]}
    unlisted = {name for name in unlisted if not name.endswith("/read_floor")}
    if unlisted:
        raise Failure(f"targets.json does not list {', '.join(sorted(unlisted))}")

    floors = [f"{timings.per('pixels', f'{array}/read_floor', 1):.2f} / "
              f"{timings.per('pixels', f'{array}/read_floor', 2):.2f} ({array.replace('_', ', ')} classes)"
              for array in ("float_19", "float_2", "float_150", "double_19")]
    middle, largest = timings.spread()
    return "\n".join([
        "Time as a multiple of the read floor, that of summing the same probabilities with the same number of threads "
        "(nanoseconds a pixel); ✓ within the target, ✗ not.\n",
        markdown(["case", "1 thread", "2 threads", "target"], rows),
        f"{timings.machine()}. The read floor ({timings.context['read_floor']}): {'; '.join(floors)} ns a pixel. "
        f"20 different street scenes of 512 x 1024, labels uint8 with label errors and a margin of void, unless said; "
        f"results are new arrays unless said, and freeing them is not counted. The middle half of a case's "
        f"multiples spreads over {100 * middle:.0f} % of their median in the middle case, at most "
        f"{100 * largest:.0f} %. "
        f"{sum(met)} of {len(met)} targets are met.\n"])


def growth(options):
    tables = ["Nanoseconds a probability (a pixel) on one thread, as the data grows.\n"]
    for benchmark_set, title in (("images", "images of 64 x 128, 19 classes"), ("area", "height x width, 19 classes"),
                                 ("classes", "classes, 8 images of 512 x 1024")):
        timings = Timings(run(options, benchmark_set))
        sizes = {name.split("/")[0]: entries[0]["probabilities"] for (name, _), entries in timings.entries.items()}
        rows = []
        for size, probabilities in sorted(sizes.items(), key=lambda item: item[1]):
            cells = [f"{timings.per('probabilities', f'{size}/{function}', 1):.3f} "
                     f"({timings.per('pixels', f'{size}/{function}', 1):.2f})"
                     for function in ("find_label_issues", "softmin")]
            rows.append([size.removeprefix(benchmark_set + "_").replace("x", " x "), f"{probabilities:.1e}", *cells])
        tables.append(markdown([title, "probabilities", "`find_label_issues`", "softmin"], rows))
    repeated = "Scenes repeat 16 different tiles of 64 x 128, or 2 different images where classes grow."
    return "\n".join([*tables, f"{timings.machine()}. {repeated}\n"])


def instruction_sets(options):
    flags = set(re.search(r"flags\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text()).group(1).split())
    needed = {"sse2": {"sse2"}, "avx2": {"avx2"}, "avx512": {"avx512f", "avx512bw", "avx512dq", "avx512vl"}}
    names = [name for name, flag in needed.items() if flag <= flags]
    main_names = r"float_\d+/(find_label_issues|find_label_issues_random_labels|softmin_to|num_pixel_issues)"
    main_cases = [case for case in TARGETS["cases"] if re.fullmatch(main_names, case["name"])]
    pattern = "^(" + "|".join(case["name"] for case in main_cases) + ")/"
    columns = {}
    for name in names:
        columns[name] = Timings(run(options, pattern=pattern, instruction_set=name))
        for key, entries in columns[name].entries.items():
            # Sums of scores may differ in their last bits; numbers of issues would differ by more.
            if not math.isclose(entries[0]["amount"], columns[names[0]].entries[key][0]["amount"], rel_tol=1e-11):
                raise Failure(f"{key[0]} finds something else with {name} than with {names[0]}")
    rows = [[case["title"]] + [" / ".join(f"{columns[name].ratio(case['name'], threads):.2f}" for threads in THREADS)
                               for name in names] for case in main_cases]
    return "\n".join([
        "Multiples of the read floor (which is always taken with the widest instructions), 1 / 2 threads, by "
        "`MASKAUDIT_INSTRUCTION_SET`.\n", markdown(["case", *names], rows), f"{columns[names[0]].machine()}.\n"])
