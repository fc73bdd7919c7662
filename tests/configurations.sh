#!/usr/bin/env bash
# Builds the calls of the documentation in the configurations that users may have, and runs them.
# usage: configurations.sh           compilers, levels of optimisation, xtensor's macros, oneTBB; Debian's packages
#        configurations.sh FOLDER    also with the newest dependencies, and there all tests of the library with the
#                                    newest compiler: FOLDER has the sources of xtl, xtensor and Catch2 by these names
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$PWD/build/configurations
compilers=(g++ clang++-16 clang++-19)
# What Clang 19 needs for an xtensor before 0.26, and for the standard library of GCC 12.
older_libraries="-fno-relaxed-template-template-args -Wno-deprecated-no-relaxed-template-template-args -Wno-deprecated-declarations"
mkdir -p "$work"
export work flags catch2

# try_one NUMBER COMPILER OPTION...: tells in a line how it went, and in full where it went wrong.
try_one() {
    local program=$work/$1 log=$work/$1.log
    # shellcheck disable=SC2086 # several words
    if "${@:2}" -std=c++20 -Wall -Wextra -Werror -Wno-restrict -Wno-unknown-warning-option $flags -Iinclude -Itests \
        tests/short_calls.cpp -o "$program" $catch2 -ltbb -pthread >"$log" 2>&1 && "$program" >>"$log" 2>&1; then
        echo "passed: ${*:2} $flags"
    else
        cat "$log" >&2
        echo "FAILED: ${*:2} $flags"
        return 1
    fi
}
export -f try_one

# Tries the configurations given, as many at once as there are cores.
try_all() { printf '%s\n' "$@" | cat -n | xargs -P "$(nproc)" -I{} bash -c 'try_one {}'; }

flags=
catch2=$(pkg-config --libs catch2-with-main 2>/dev/null || echo -lCatch2WithMain) # of Catch2 3 and of Catch2 2
configurations=()
for compiler in g++ clang++-16 "clang++-19 $older_libraries"; do
    for options in -O0 -O1 -O2 -O3 "-O1 -DXTENSOR_USE_XSIMD" "-O1 -DMASKAUDIT_USE_TBB" "-O1 -DXTENSOR_USE_TBB"; do
        configurations+=("$compiler $options")
    done
done
try_all "${configurations[@]}"

mpi_flags=$(mpicxx --showme:compile) # as OpenMPI's compiler tells them
for compiler in clang++-16 "clang++-19 $older_libraries"; do # GCC builds them for the tests
    # shellcheck disable=SC2086 # several words
    $compiler -std=c++20 -Wall -Wextra -Werror -fsyntax-only -Iinclude ${mpi_flags//-I/-isystem } -DOMPI_SKIP_MPICXX \
        examples/*.cpp
    echo "compiled: $compiler, the examples"
done
if clang++-19 -std=c++20 -fsyntax-only -Iinclude tests/short_calls.cpp -Itests >"$work/older.log" 2>&1 ||
    ! grep -m 1 error "$work/older.log" | grep -q 'Clang 19 needs xtensor 0.26'; then
    echo "FAILED: clang++-19 does not refuse an older xtensor by name" >&2
    exit 1
fi
[[ $# -gt 0 ]] || exit 0

sources=$(realpath "$1")
prefix=$work/newest
for name in xtl xtensor Catch2; do
    cmake -S "$sources/$name" -B "$work/$name" -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF -DBUILD_TESTS=OFF
    cmake --build "$work/$name" -j "$(nproc)" --target install
done
export CPLUS_INCLUDE_PATH=$prefix/include LIBRARY_PATH=$prefix/lib
flags=
catch2="-lCatch2Main -lCatch2"
try_all "${compilers[@]/%/ -O2 -Wno-deprecated-declarations}"

cmake -S . -B "$work/tests" -G Ninja -DCMAKE_CXX_COMPILER="${compilers[-1]}" -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_PREFIX_PATH="$prefix" -DMASKAUDIT_BUILD_PROGRAM=OFF -DMASKAUDIT_BUILD_EXAMPLES=OFF
cmake --build "$work/tests" -j "$(nproc)" --target maskaudit_tests maskaudit_optimised_tests
"$work/tests/tests/maskaudit_tests"
"$work/tests/tests/maskaudit_optimised_tests"
echo "passed: all tests of the library, ${compilers[-1]} with the newest xtensor and Catch2"
