#!/usr/bin/env bash
# Builds the program and lets it audit a small scene whose label errors are known.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cmake/install-packages.sh program
cmake --preset release
cmake --build --preset release --target maskaudit_program -j "$(nproc)"

rm -rf build/demo
build/release/bin/maskaudit demo --out build/demo
echo "To open, in $PWD/build/demo:"
echo "  report.html           in a browser: images and regions to look through, and to mark"
echo "  images.csv            the images, worst first"
echo "  swaps.csv             which classes were taken for which others"
echo "  regions.csv           the regions to look at, most severe first; coco.json for annotation tools"
echo "  injected_errors.csv   what was put into the scene, and how much of it was found"
echo "  summary.json          the summary above and more, for programs"
