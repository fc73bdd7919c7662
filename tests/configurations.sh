#!/usr/bin/env bash
# Builds the calls of the documentation in the configurations that users may have, and runs them.
# usage: configurations.sh           compilers, levels of optimisation, xtensor's macros, oneTBB; Debian's packages
#        configurations.sh FOLDER    also all tests of the library with the newest dependencies: FOLDER has the sources
#                                    of xtl, xtensor and Catch2, in folders of these names
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export work=build/configurations
mkdir -p "$work"

configurations=()
for compiler in g++ clang++-16 clang++-19; do
    for options in -O0 -O1 -O2 -O3 "-O1 -DXTENSOR_USE_XSIMD" "-O1 -DMASKAUDIT_USE_TBB" "-O1 -DXTENSOR_USE_TBB"; do
        configurations+=("$compiler $options")
    done
done

# Catch2 3 tells what to link, 2 has one library.
catch2=$(pkg-config --libs catch2-with-main 2>/dev/null || echo -lCatch2WithMain)
export catch2

# try_one NUMBER COMPILER OPTION...: tells in a line how it went, and in full where it went wrong.
try_one() {
    local program=$work/$1 log=$work/$1.log
    # shellcheck disable=SC2086 # several words
    if "${@:2}" -std=c++20 -Wall -Wextra -Werror -Wno-restrict -Wno-unknown-warning-option -Iinclude -Itests \
        tests/short_calls.cpp -o "$program" $catch2 -ltbb -pthread >"$log" 2>&1 && "$program" >>"$log" 2>&1; then
        echo "passed: ${*:2}"
    else
        cat "$log" >&2
        echo "FAILED: ${*:2}"
        return 1
    fi
}
export -f try_one

printf '%s\n' "${configurations[@]}" | cat -n | xargs -P "$(nproc)" -I{} bash -c 'try_one {}'

for compiler in clang++-16 clang++-19; do # GCC builds them for the tests
    "$compiler" -std=c++20 -Wall -Wextra -Werror -fsyntax-only -Iinclude examples/*.cpp
    echo "compiled: $compiler, the examples"
done
[[ $# -gt 0 ]] || exit 0

# The newest dependencies, for all compilers.
sources=$(realpath "$1")
prefix=$(realpath "$work")/prefix
for name in xtl xtensor Catch2; do
    cmake -S "$sources/$name" -B "$work/$name" -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF -DBUILD_TESTS=OFF
    cmake --build "$work/$name" -j "$(nproc)" --target install
done
for compiler in g++ clang++-16 clang++-19; do
    cmake -S . -B "$work/newest-$compiler" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_PREFIX_PATH="$prefix" -DMASKAUDIT_BUILD_PROGRAM=OFF -DMASKAUDIT_BUILD_EXAMPLES=OFF -DMASKAUDIT_WERROR=ON
    cmake --build "$work/newest-$compiler" -j "$(nproc)" --target maskaudit_tests maskaudit_optimised_tests
    "$work/newest-$compiler/tests/maskaudit_tests"
    "$work/newest-$compiler/tests/maskaudit_optimised_tests"
    echo "passed: $compiler with the newest xtensor and Catch2"
done
