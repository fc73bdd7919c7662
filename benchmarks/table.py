#!/usr/bin/python3
"""Runs the benchmarks and prints their tables in Markdown, with a mark where a target of targets.json is met or not.

    cmake --preset benchmark && cmake --build --preset benchmark
    benchmarks/table.py cases               # what the README shows; some minutes, and 4 GB of memory
    benchmarks/table.py growth memory       # any of the modes, in this order
    benchmarks/table.py all --quick         # tiny inputs: shows that everything runs, its numbers mean nothing
"""

import argparse
import pathlib
import sys

sys.dont_write_bytecode = True  # the source tree stays as it is

import timings  # noqa: E402
import tools  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent

MODES = {
    "cases": (timings.cases, "every case as a multiple of the read floor, and its target"),
    "growth": (timings.growth, "time a probability, from 1e5 to 1e9 of them"),
    "instruction-sets": (timings.instruction_sets, "the main cases with each instruction set that this CPU has"),
    "memory": (tools.memory, "peak memory a pixel beyond inputs and results"),
    "larger-than-memory": (tools.larger_than_memory, "the program on a file of 12 GB, beside cat; needs 13 GB of disk"),
    "scaling": (tools.scaling, "images shared by the ranks of MPI, with one thread each; needs mpiexec"),
    "program-scaling": (tools.program_scaling, "the program under mpiexec, with one thread each; needs 6 GB of disk, and "
                                               "four times that of memory"),
    "instructions": (tools.instructions, "instructions a pixel; needs valgrind"),
    "compile-time": (tools.compile_time, "what including the library costs; needs oneTBB's headers"),
}


def main():
    modes = "\n".join(f"  {name:<20}{what}" for name, (_, what) in MODES.items())
    parser = argparse.ArgumentParser(description=__doc__, epilog=f"modes:\n{modes}\n  all",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modes", nargs="+", choices=[*MODES, "all"], metavar="MODE", help="see below")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/benchmark/benchmarks",
                        help="the folder of the programs (default: build/benchmark/benchmarks)")
    parser.add_argument("--json", type=pathlib.Path, help="cases: read this output, run nothing")
    parser.add_argument("--keep", type=pathlib.Path, help="cases: keep the output in this file")
    parser.add_argument("--scratch", type=pathlib.Path, default=ROOT / "build",
                        help="larger-than-memory: a folder on the disk to measure (default: build)")
    parser.add_argument("--compiler", default="c++", help="compile-time: the compiler (default: c++)")
    parser.add_argument("--repetitions", type=int, default=9, help="of every timing; the median counts (default: 9)")
    parser.add_argument("--quick", action="store_true", help="a smoke run on tiny inputs")
    options = parser.parse_args()
    options.include = ROOT / "include"
    if options.repetitions < 1:
        parser.error("--repetitions must be at least 1")
    if options.quick:
        options.repetitions = 1
        print("A smoke run on tiny inputs: neither its numbers nor what it says of inputs and targets mean anything.\n")

    try:
        for name, (run, _) in MODES.items():
            if name in options.modes or "all" in options.modes:
                print(run(options), flush=True)
    except (timings.Failure, OSError) as error:
        sys.exit(f"table.py: {error}")


if __name__ == "__main__":
    main()
