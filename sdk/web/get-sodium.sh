#!/usr/bin/env bash
# Fetches Debian's source of libsodium, of the version that is installed, into DIRECTORY/libsodium.
# It takes the mirrors of this machine, but lists of its own: the machine's sources stay as they are.
# Usage: get-sodium.sh DIRECTORY
set -euo pipefail
mkdir -p "$1"
cd "$1"
home=$PWD
[ ! -d libsodium ] || exit 0
apt() {
  apt-get -qq -o Dir::Etc::SourceList="$home/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$home/apt/lists" -o Dir::Cache="$home/apt/cache" \
    -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=true "$@"
}
# "libsodium-dev | 1.0.18-1 | http://mirror suite/component amd64 Packages"
apt-cache madison libsodium-dev | while read -r _ _ version _ mirror suite _; do
  rm -rf apt source
  mkdir -p apt/lists/partial apt/cache/archives/partial source
  echo "deb-src $mirror ${suite%%/*} ${suite#*/}" >apt/sources.list
  if apt update && (cd source && apt source "libsodium=$version"); then
    mv source/libsodium-*/ libsodium
    break
  fi
done >&2
rm -rf apt source
[ -d libsodium ] || { echo "get-sodium.sh: no mirror of this machine has libsodium's source" >&2; exit 3; }
