#!/usr/bin/env bash
# Installs the C libraries that the package is linked to, where they are missing. Says nothing where
# there is nothing to do.
set -euo pipefail

case $(uname -s) in
  Linux)
    packages=(libopenblas-dev zlib1g-dev pkg-config)
    ;;
  Darwin)
    if ! pkg-config --exists openblas zlib 2>/dev/null; then
      echo "error: please run 'brew install pkgconf openblas zlib', and add the 'lib/pkgconfig'" \
        "of openblas to PKG_CONFIG_PATH" >&2
      exit 1
    fi
    exit 0
    ;;
  *)
    packages=()
    ;;
esac

if ((${#packages[@]} == 0)) || ! command -v apt-get >/dev/null; then
  if pkg-config --exists openblas zlib 2>/dev/null; then exit 0; fi
  echo "error: please install OpenBLAS, zlib, both with headers, and pkg-config" >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$'; then
    missing+=("$package")
  fi
done
if ((${#missing[@]} == 0)); then exit 0; fi

root=()
if [[ $(id -u) != 0 ]]; then root=(sudo); fi
echo "installing ${missing[*]}"
# The list of packages may be missing, or older than the archive.
install() {
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet --quiet --no-install-recommends "${missing[@]}" </dev/null
}
install 2>/dev/null || { "${root[@]}" apt-get update --quiet --quiet && install; }
