#!/bin/bash
# Installs certprune for VNN-COMP: dependencies from the lock file, then the build. Arguments: v1
set -euo pipefail

[ "${1:-}" = v1 ] || { echo "usage: install_tool.sh v1" >&2; exit 1; }
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
# shellcheck source=vnncomp/node.sh
source "$root/vnncomp/node.sh"

if ! find_node 2>/dev/null; then
  version=v22.21.1
  case "$(uname -m)" in
    x86_64) machine=x64 ;;
    aarch64) machine=arm64 ;;
    *) echo "There is no official Node.js for $(uname -m). Install Node.js 20.19 or newer." >&2; exit 1 ;;
  esac
  name=node-$version-linux-$machine
  echo "Node.js 20.19 or newer is missing; fetching $name"
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  curl -fsSL -o "$scratch/$name.tar.xz" "https://nodejs.org/dist/$version/$name.tar.xz"
  curl -fsSL -o "$scratch/sums" "https://nodejs.org/dist/$version/SHASUMS256.txt"
  (cd "$scratch" && grep " $name.tar.xz\$" sums | sha256sum -c -)
  mkdir -p "$node_folder"
  tar -xJf "$scratch/$name.tar.xz" -C "$node_folder" --strip-components=1
  find_node
fi

"$node" "$root/scripts/bootstrap.js" build
"$node" "$root/bin/certprune.js" --version
