#!/usr/bin/env bash
# Installs what packages.txt lists and the machine lacks (Debian 12, Ubuntu 24.04); nothing missing, nothing done.
# usage: cmake/install-packages.sh [group...]     groups: see the list; none: all
# The group browser is Debian's alone: Ubuntu has its browsers as snaps, which tests can do without.
set -euo pipefail
list="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/packages.txt"

distribution=$(. /etc/os-release && echo "$ID")
missing=()
group=
while read -r word rest; do
    if [[ $word == '#' ]]; then
        group=$rest
    elif [[ $group == browser && $distribution != debian ]]; then
        continue
    elif [[ -n $word && ( $# -eq 0 || " $* " == *" $group "* ) ]]; then
        [[ $(dpkg-query -W -f='${db:Status-Status}' "$word" 2>/dev/null) == installed ]] || missing+=("$word")
    fi
done <"$list"
[[ ${#missing[@]} -gt 0 ]] || exit 0

if [[ $(id -u) -eq 0 ]]; then
    as_root=(env DEBIAN_FRONTEND=noninteractive)
elif command -v sudo >/dev/null; then
    as_root=(sudo env DEBIAN_FRONTEND=noninteractive)
else
    echo "missing packages: ${missing[*]}; run this as root, or install them" >&2
    exit 1
fi
echo "installing: ${missing[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" apt-get install -q -y --no-install-recommends "${missing[@]}"
