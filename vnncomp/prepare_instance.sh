#!/bin/bash
# Makes ready for one instance of VNN-COMP; nothing is computed. Arguments: v1 category model property
set -euo pipefail

[ "${1:-}" = v1 ] && [ $# -ge 4 ] || { echo "usage: prepare_instance.sh v1 category model property" >&2; exit 1; }
model=$3
property=$4
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=vnncomp/node.sh
source "$root/vnncomp/node.sh"
find_node || { echo "Node.js 20.19 or newer is missing. Run install_tool.sh." >&2; exit 1; }

for file in "$model" "$property"; do
  [ -r "$file" ] || { echo "$file cannot be read." >&2; exit 1; }
done

# An earlier instance that was cut off must not take this one's time.
running="${TMPDIR:-/tmp}/certprune-vnncomp.pid"
if [ -r "$running" ]; then
  pid=$(cat "$running")
  if [ -r "/proc/$pid/cmdline" ] && tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q 'verify --onnx'; then
    kill "$pid" 2>/dev/null || true
  fi
  rm -f "$running"
fi
exit 0
