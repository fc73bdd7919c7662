#!/usr/bin/env python3
"""Tells which lines of include/ no test runs, and fails if there are any.

usage: coverage.py BUILD    BUILD: a folder of the preset `coverage`, after ctest

A line counts as run if any executable runs any instance of it. Clang counts nothing of a template that is never
instantiated, and takes what `if constexpr` discards for a part of what is around it: of neither can a line be told.
Lines that the preprocessor leaves out in one executable are asked for in none.
"""
import collections
import json
import pathlib
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
CODE, SKIPPED = 0, 2  # kinds of regions


def is_code(text):
    return text != "" and not text.startswith(("//", "#"))


def executable(build, target):
    """The file that a target of CMake has built."""
    return build / "bin/maskaudit" if target == "maskaudit_program" else next(build.glob(f"tests/**/{target}"))


def functions(build, target, profiles):
    """What Clang has counted in an executable, an entry for every instance of a function."""
    merged = build / "profiles" / f"{target}.profdata"
    subprocess.run(["llvm-profdata-16", "merge", "-sparse", *profiles, "-o", merged], check=True)
    listing = subprocess.run(["llvm-cov-16", "export", "-format=text", "-ignore-filename-regex=^/usr/",
                              f"-instr-profile={merged}", executable(build, target)],
                             check=True, capture_output=True, text=True).stdout
    return json.loads(listing)["data"][0]["functions"]


def runs_of(regions, lines):
    """How often each line of a function has run: as often as the innermost region that the line begins in. None: it is
    left out by the preprocessor, of which not every entry knows."""
    runs = {}
    for region in (in_order := sorted(regions, key=lambda region: (region[:2], -region[2]))):
        begin, column, end, _, count, _, _, kind = region
        is_function_of_a_line = region is in_order[0] and begin == end
        for number in range(begin, end + 1):
            line = lines[number - 1]
            if number == begin and line[:column - 1].strip() != "" and not is_function_of_a_line:
                continue  # begins before this region does
            if kind == SKIPPED:
                runs[number] = None
            elif kind == CODE and is_code(line.strip()):
                runs[number] = count
    return runs


def runs_by_line(build):
    """How often each line of include/ has run, by file and number."""
    profiles = collections.defaultdict(list)
    for file in (build / "profiles").glob("*.profraw"):
        profiles[file.name.split(".")[0]].append(file)
    texts = {str(file): file.read_text().splitlines() for file in (root / "include").rglob("*.hpp")}
    runs = collections.Counter()
    left_out = set()
    for target, files in profiles.items():
        for function in functions(build, target, files):
            for file_id, name in enumerate(function["filenames"]):
                if name not in texts:
                    continue
                regions = [region for region in function["regions"] if region[5] == file_id]
                for number, count in runs_of(regions, texts[name]).items():
                    place = pathlib.Path(name).relative_to(root), number
                    if count is None:
                        left_out.add(place)
                    else:
                        runs[place] += count
    return {place: count for place, count in runs.items() if place not in left_out}


def main():
    runs = runs_by_line(pathlib.Path(sys.argv[1]).resolve())
    if not runs:
        sys.exit("no line of include/ was counted: build the preset `coverage`, and run its tests")
    missed = sorted(place for place, count in runs.items() if count == 0)
    for file, line in missed:
        print(f"{file}:{line}: {(root / file).read_text().splitlines()[line - 1].strip()}")
    covered = len(runs) - len(missed)
    print(f"{covered} of {len(runs)} lines of {len({file for file, _ in runs})} headers: {100 * covered / len(runs):.2f} %")
    sys.exit(1 if missed else 0)


main()
