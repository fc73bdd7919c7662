#!/usr/bin/env bash
# The README shows nothing that is not run: every C++ and CMake snippet is lines of a file under examples/, in their
# order, and every option it names is an option of the program. usage: readme.sh [PROGRAM]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
failed=0

# Indentation aside, and without the closing lines of main, which a snippet may end early with.
plain() { sed 's/^ *//' | grep -v '^$'; }
mapfile -t files < <(find examples -name '*.cpp' -o -name CMakeLists.txt)

block=
while IFS= read -r line; do
    case $line in
    '```cpp' | '```cmake') block=$'\n' ;;
    '```')
        if [[ -n $block ]]; then
            snippet=$(plain <<<"$block")
            snippet=${snippet%$'\n}'} # a snippet of a whole main may end before the file's own checks
            found=
            for file in "${files[@]}"; do
                [[ $(plain <"$file") == *"$snippet"* ]] && found=$file
            done
            if [[ -z $found ]]; then
                printf 'no file under examples/ has this snippet of the README:\n%s\n' "$block" >&2
                failed=1
            fi
            block=
        fi
        ;;
    *) [[ -z $block ]] || block+=$line$'\n' ;;
    esac
done <README.md

if [[ $# -gt 0 ]]; then
    help=$("$1" audit --help; "$1" threshold --help; "$1" demo --help)
    for option in $(grep -o -- '`--[a-z-]*' README.md | tr -d '`' | sort -u); do
        grep -q -- "$option" <<<"$help" || { echo "the program has no option $option" >&2; failed=1; }
    done
    for option in $("$1" audit --help | grep -oE -- '^ +(-[a-z],)?--[a-z-]+' | grep -oE -- '--[a-z-]+'); do
        [[ $option == --help ]] || grep -q -- "\`$option" README.md ||
            { echo "the README does not name the option $option of audit" >&2; failed=1; }
    done
fi
exit $failed
