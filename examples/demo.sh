#!/usr/bin/env bash
# Builds the program and lets it audit a small scene whose label errors are known.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cmake/install-packages.sh program
cmake --preset release
cmake --build --preset release --target maskaudit_program -j "$(nproc)"

rm -rf build/demo
build/release/bin/maskaudit demo --out build/demo
echo "Files to open:"
find "$PWD/build/demo" -type f | sort
