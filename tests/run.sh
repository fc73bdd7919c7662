#!/usr/bin/env bash
# Installs what is missing, builds everything, runs all tests.
# usage: tests/run.sh                 optimised
#        tests/run.sh --sanitize      with Clang: all tests under the address and undefined behaviour sanitizers, with
#                                     faults injected, and what has to do with threads under the thread sanitizer
#        tests/run.sh --fuzz SECONDS  the fuzz targets, each for so long (tests/fuzz)
#        tests/run.sh --configurations [FOLDER]
#                                     other compilers, options and macros, and with FOLDER the newest dependencies, of
#                                     which it has the sources (tests/configurations.sh)
#        tests/run.sh --coverage      which lines of the library the tests run; fails if there are others
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
jobs=$(nproc)

# build_and_run PRESET
build_and_run() {
    cmake --preset "$1"
    cmake --build --preset "$1" -j "$jobs"
    ctest --preset "$1" -j "$jobs" # last: its summary ends the output
}

case "$#${1:-}" in
0)
    cmake/install-packages.sh program mpi tests browser python docs
    build_and_run test
    ;;
1--sanitize)
    cmake/install-packages.sh program mpi tests
    build_and_run tsan
    build_and_run asan
    ;;
2--fuzz)
    cmake/install-packages.sh program tests
    tests/fuzz/run.sh "$2"
    ;;
1--configurations | 2--configurations)
    cmake/install-packages.sh program mpi tests configurations
    tests/configurations.sh "${@:2}"
    ;;
1--coverage)
    cmake/install-packages.sh program mpi tests coverage
    rm -rf build/coverage/profiles # of an earlier build, maybe of other lines
    build_and_run coverage
    tests/coverage.py build/coverage
    ;;
*)
    sed -n '/^# usage/,/^set/s/^# \?//p' "$0" >&2
    exit 2
    ;;
esac
