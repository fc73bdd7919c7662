#!/usr/bin/env bash
# Installs what is missing, builds everything, runs all tests.
# usage: tests/run.sh               optimised, and the short calls and the examples with Clang as well
#        tests/run.sh --sanitize    all tests with Clang, under the address and undefined behaviour sanitizers
#        tests/run.sh --fuzz SECONDS    the fuzz targets alone, each for so long
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ ${1:-} == --fuzz && $# -eq 2 ]]; then
    cmake/install-packages.sh program tests
    exec tests/fuzz/run.sh "$2"
fi
case "${*:-}" in
'') preset=test ;;
--sanitize) preset=asan ;;
*)
    echo "usage: tests/run.sh [--sanitize | --fuzz SECONDS]" >&2
    exit 2
    ;;
esac

cmake/install-packages.sh program tests
jobs=$(nproc)

if [[ $preset == test ]]; then
    cmake/install-packages.sh browser docs
    cmake --preset clang
    cmake --build --preset clang -j "$jobs"
    build/clang/tests/maskaudit_short_calls
    ctest --preset clang
fi

cmake --preset "$preset"
cmake --build --preset "$preset" -j "$jobs"
ctest --preset "$preset" -j "$jobs" # last: its summary ends the output
