#!/usr/bin/env bash
# Claim: an installed CityID can be used from outside of this tree: all of it by a stranger's CMake
# project, and the checker alone by C programs, through CMake and through pkg-config.
# Usage: install_test.sh BUILD_DIR SOURCE_DIR
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix
cmake --install "$1" --prefix "$prefix" >"$scratch/log"

consume() {
  cp -r "$2/tests/install/$1" "$scratch/$1"
  [ "$1" != checker ] || cp "$2/sdk/examples/check.c" "$scratch/checker"
  { cmake -G Ninja -S "$scratch/$1" -B "$scratch/build-$1" -DCMAKE_PREFIX_PATH="$prefix" &&
    cmake --build "$scratch/build-$1"; } >>"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
}
consume consumer "$2"
"$scratch/build-consumer/consumer" "$(find "$prefix" -name cityid-reader)"
"$prefix/bin/cityid" --version
# Only the reader links what decodes images and finds symbols, and only cityid-pdf what reads PDFs.
! ldd "$prefix/bin/cityid" | grep -E 'ZXing|zbar|turbojpeg|webp|libgif|libexif|qpdf'
ldd "$(find "$prefix" -name cityid-pdf)" | grep qpdf >/dev/null

consume checker "$2"
pc=$(find "$prefix" -name cityid.pc -printf '%h')
flags() { PKG_CONFIG_PATH=$pc pkg-config "$@" cityid; }
c=(cc -std=c11 -Wall -Wextra -Werror -pedantic "$2/sdk/examples/check.c")
"${c[@]}" -o "$scratch/shared" $(flags --cflags --libs) -Wl,-rpath,"${pc%/pkgconfig}"
# The archive by its own name: the linker takes a shared library where there are both.
"${c[@]}" -o "$scratch/static" $(flags --cflags) "${pc%/pkgconfig}/libcityid.a" $(flags --static --libs | sed 's/-lcityid//')
ldd "$scratch/shared" | grep 'libcityid\.so\.0' >/dev/null  # -q would end it, and ldd with it
! ldd "$scratch/static" | grep libcityid

# The same answer as the program's, from each of them.
cd "$scratch"
"$prefix/bin/cityid" demo --dir demo --once >/dev/null 2>&1
url=$("$prefix/bin/cityid" code inspect --raw demo/codes/MA.156.1301.png)
for asked in "$url" MA.156.1301; do
  "$prefix/bin/cityid" prove "$asked" --ledger demo/ledger -o proof 2>/dev/null
  "$prefix/bin/cityid" check proof --trust demo/trust.txt --json >wanted
  for check in build-checker/check ./shared ./static; do
    "$check" demo/trust.txt proof kept "$asked" | cmp - wanted
  done
done
[ "$(wc -l <kept)" = 3 ]
