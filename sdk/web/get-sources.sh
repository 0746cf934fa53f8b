#!/usr/bin/env bash
# Fetches Debian's sources of libsodium and libqrencode, of the versions that are installed, into
# DIRECTORY/libsodium and DIRECTORY/qrencode.
# It takes the mirrors of this machine, but lists of its own: the machine's sources stay as they are.
# Usage: get-sources.sh DIRECTORY
set -euo pipefail
mkdir -p "$1"
cd "$1"
home=$PWD
apt() {
  apt-get -qq -o Dir::Etc::SourceList="$home/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$home/apt/lists" -o Dir::Cache="$home/apt/cache" \
    -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=true "$@"
}

# What Debian changed in these two is no part of what is compiled: what their makers packed will do.
unpack() {
  rm -rf source
  mkdir source
  (cd source && { apt source "$1=$2" || { rm -rf ./* && apt source --tar-only "$1=$2"; }; })
  [ -d "$(echo source/*/)" ] || tar -C source -xf source/*.orig.tar.*
  mv source/*/ "$1"
}

# Usage: get SOURCE PACKAGE, the package being one that is built of it.
get() {
  [ ! -d "$1" ] || return 0
  # "libsodium-dev | 1.0.18-1 | http://mirror suite/component amd64 Packages"
  apt-cache madison "$2" | while read -r _ _ version _ mirror suite _; do
    rm -rf apt
    mkdir -p apt/lists/partial apt/cache/archives/partial
    echo "deb-src $mirror ${suite%%/*} ${suite#*/}" >apt/sources.list
    if apt update && unpack "$1" "$version"; then break; fi
  done >&2
  rm -rf apt source
  [ -d "$1" ] || { echo "get-sources.sh: no mirror of this machine has the source of $1" >&2; exit 3; }
}

get libsodium libsodium-dev
get qrencode libqrencode-dev
