#!/usr/bin/env python3
"""Tells which lines of include/ no test runs, and fails if there are any.

usage: coverage.py BUILD    BUILD: a folder of the preset `coverage`, after ctest

A line counts as run if any executable runs any instance of it. Of a template that no test instantiates Clang knows no
lines: that every public name is called somewhere is for its tests to show.
"""
import collections
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent


def executable(build, target):
    """The file that a target of CMake has built."""
    return build / "bin/maskaudit" if target == "maskaudit_program" else next(build.glob(f"tests/**/{target}"))


def runs_by_line(build):
    """How often each line of include/ has run, by file and number."""
    profiles = collections.defaultdict(list)
    for file in (build / "profiles").glob("*.profraw"):
        profiles[file.name.split(".")[0]].append(file)
    runs = collections.Counter()
    for target, files in profiles.items():
        merged = build / "profiles" / f"{target}.profdata"
        subprocess.run(["llvm-profdata-16", "merge", "-sparse", *files, "-o", merged], check=True)
        listing = subprocess.run(
            ["llvm-cov-16", "export", "-format=lcov", f"-instr-profile={merged}", executable(build, target)],
            check=True, capture_output=True, text=True).stdout
        for line in listing.splitlines():
            if line.startswith("SF:"):
                file = pathlib.Path(line[3:])
            elif (count := re.match(r"DA:(\d+),(\d+)", line)) and file.is_relative_to(root / "include"):
                runs[file.relative_to(root), int(count[1])] += int(count[2])
    return runs


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
