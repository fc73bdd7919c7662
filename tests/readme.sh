#!/usr/bin/env bash
# README and guide (docs/) show nothing that is not run: every C++, Python and CMake snippet is lines of a file under
# examples/ that the page names, in their order, every row of numbers in a table of the guide a line of one, and every
# option that the README names an option of the program. usage: readme.sh [PROGRAM]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
failed=0

# Indentation aside, and without the closing lines of main, which a snippet may end early with.
plain() { sed 's/^ *//' | grep -v '^$'; }
mapfile -t files < <(find examples -name '*.cpp' -o -name '*.py' -o -name CMakeLists.txt)
texts=()
for file in "${files[@]}"; do
    texts+=("$(plain <"$file")")
done

# Tells which snippets of a page no file has.
check_snippets() {
    local page=$1 block= snippet found line i name
    while IFS= read -r line; do
        case $line in
        '```cpp' | '```python' | '```cmake') block=$'\n' ;;
        '```sh') ;;
        '```'?*) echo "$page: a block of ${line#???} would not be looked for: say cpp, python, cmake or sh" >&2; failed=1 ;;
        '```')
            if [[ -n $block ]]; then
                snippet=$(plain <<<"$block")
                snippet=${snippet%$'\n}'} # a snippet of a whole main may end before the file's own checks
                found=
                for i in "${!files[@]}"; do
                    [[ ${texts[i]} == *"$snippet"* ]] || continue
                    name=${files[i]}
                    [[ $name != examples/*/* ]] || name=${name%/*} # a project is named by its folder
                    if grep -qF -- "$name" "$page"; then found=yes; fi
                done
                if [[ -z $found ]]; then
                    printf 'no file under examples/ that %s names has this snippet:\n%s\n' "$page" "$block" >&2
                    failed=1
                fi
                block=
            fi
            ;;
        *) [[ -z $block ]] || block+=$line$'\n' ;;
        esac
    done <"$page"
    [[ -z $block ]] || { echo "$page ends within a block" >&2; failed=1; }
}

for page in README.md docs/*.md; do
    check_snippets "$page"
done

while IFS= read -r row; do
    grep -qFx -- "$row" "${files[@]}" ||
        { echo "no file under examples/ has this row of the guide: $row" >&2; failed=1; }
done < <(grep -h '^| *[0-9]' docs/*.md)

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
