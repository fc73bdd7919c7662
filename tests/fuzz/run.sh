#!/usr/bin/env bash
# Builds the fuzz targets and runs each for so many seconds, as many at once as there are cores.
# usage: tests/fuzz/run.sh SECONDS [target...]     targets: npy png label_map state options oracle; none: all
#
# A run starts from tests/fuzz/corpus/TARGET, which it leaves as it is, and from build/fuzz/corpus/TARGET, where it puts
# the inputs that reached more: the next goes on from there. What is known of a crash stays in build/fuzz/crashes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if [[ ! ${1:-} =~ ^[1-9][0-9]{0,5}$ ]]; then
    echo "SECONDS is '${1:-}', must be a whole number from 1 to 999999" >&2
    exit 2
fi
export seconds=$1
shift
targets=("$@")
[[ $# -gt 0 ]] || targets=(oracle npy png label_map state options)
for target in "${targets[@]}"; do
    if [[ ! -f tests/fuzz/$target.dict ]]; then
        echo "there is no fuzz target '$target'" >&2
        exit 2
    fi
done

cmake --preset fuzz
cmake --build --preset fuzz -j "$(nproc)" --target "${targets[@]/#/maskaudit_fuzz_}"

# A file says all there is to an input: they are short, so that many are tried. A single piece of memory of 64 MB is out
# of proportion to any of them.
export limits='-timeout=20 -rss_limit_mb=2048 -malloc_limit_mb=64'
run_one() {
    local target=$1 longest=1024
    [[ $target != oracle ]] || longest=256
    mkdir -p "build/fuzz/corpus/$target" build/fuzz/crashes build/fuzz/logs
    rm -f "build/fuzz/logs/$target.status"
    status=0
    UBSAN_OPTIONS=print_stacktrace=1 "build/fuzz/bin/maskaudit_fuzz_$target" -max_total_time="$seconds" \
        -max_len="$longest" $limits -print_final_stats=1 \
        -dict="tests/fuzz/$target.dict" -artifact_prefix="build/fuzz/crashes/$target-" \
        "build/fuzz/corpus/$target" "tests/fuzz/corpus/$target" >"build/fuzz/logs/$target" 2>&1 || status=$?
    echo "$status" >"build/fuzz/logs/$target.status"
}
export -f run_one
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I '{}' bash -euc 'run_one {}'

failed=0
printf '%-10s %12s %10s %8s %14s\n' target 'inputs run' 'a second' edges 'corpus, files'
for target in "${targets[@]}"; do
    log=build/fuzz/logs/$target
    awk -v target="$target" '
        /^stat::number_of_executed_units:/ { runs = $2 }
        /^stat::average_exec_per_sec:/ { rate = $2 }
        match($0, /cov: [0-9]+/) { edges = substr($0, RSTART + 5, RLENGTH - 5) }
        match($0, /corp: [0-9]+/) { files = substr($0, RSTART + 6, RLENGTH - 6) }
        END { printf "%-10s %12s %10s %8s %14s\n", target, runs, rate, edges, files }' "$log"
done
for target in "${targets[@]}"; do
    [[ $(<"build/fuzz/logs/$target.status") != 0 ]] || continue
    failed=1
    log=build/fuzz/logs/$target
    input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    {
        echo
        echo "$target failed: $(grep -m 1 -E 'does not hold|what\(\)|ERROR|runtime error' "$log" || tail -n 1 "$log")"
        echo "  its log:    $log"
        echo "  its input:  ${input:-none was written}"
        [[ -z $input ]] || echo "  once more:  build/fuzz/bin/maskaudit_fuzz_$target $limits $input"
    } >&2
done
exit "$failed"
