#!/bin/bash
# Decides one instance of VNN-COMP. Arguments: v1 category model property seconds results
# The results file gets unsat, sat with a counterexample, timeout, unknown or error.
# CERTPRUNE_MAIN names another entry than the installed command's.
set -uo pipefail

[ "${1:-}" = v1 ] && [ $# -ge 6 ] || {
  echo "usage: run_instance.sh v1 category model property seconds results" >&2
  exit 1
}
model=$3
property=$4
seconds=$5
results=$6
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=vnncomp/node.sh
source "$root/vnncomp/node.sh"
find_node || { echo "Node.js 20.19 or newer is missing. Run install_tool.sh." >&2; exit 1; }

rm -f "$results"
running="${TMPDIR:-/tmp}/certprune-vnncomp.pid"
"$node" "${CERTPRUNE_MAIN:-$root/bin/certprune.js}" verify --onnx "$model" --vnnlib "$property" \
  --timeout "$seconds" --results "$results" ${CERTPRUNE_MEMORY:+--memory "$CERTPRUNE_MEMORY"} &
pid=$!
echo "$pid" >"$running"
trap 'kill "$pid" 2>/dev/null' TERM INT
wait "$pid"
code=$?
rm -f "$running"
[ -s "$results" ] || echo error >"$results"
exit "$code"
