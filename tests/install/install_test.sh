#!/usr/bin/env bash
# Claim: an installed CityID can be used by a stranger's CMake project, from outside of this tree.
# Usage: install_test.sh BUILD_DIR CONSUMER_DIR
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cmake --install "$1" --prefix "$scratch/prefix" >"$scratch/log"
cp -r "$2" "$scratch/consumer"
cmake -G Ninja -S "$scratch/consumer" -B "$scratch/build" -DCMAKE_PREFIX_PATH="$scratch/prefix" >>"$scratch/log"
cmake --build "$scratch/build" >>"$scratch/log" || { cat "$scratch/log"; exit 1; }
"$scratch/build/consumer"
"$scratch/prefix/bin/cityid" --version
