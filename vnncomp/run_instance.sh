#!/bin/bash
# Decides one instance of VNN-COMP. Arguments: v1 category model property results seconds
# The results file gets unsat, sat with a counterexample, timeout, unknown or error, whatever happens.
# The exit code is 0 for every answer but error. CERTPRUNE_MAIN names another entry than the installed command's.
set -uo pipefail
began=$EPOCHREALTIME

if [[ ${1:-} != v1 || $# -lt 6 ]]; then
  echo "usage: run_instance.sh v1 category model property results seconds" >&2
  exit 1
fi
model=$3
property=$4
results=$5
seconds=${6//[[:space:]]/}
child=
record=

answer() {
  printf '%s\n' "$1" >"$results"
}

forget() {
  if [[ -n $record ]]; then rm -f "$record"; fi
}

# Whether the results file holds a verdict: that is never lost again.
decided() {
  grep -qxE 'unsat|sat' <(head -n 1 "$results" 2>/dev/null)
}

fail() {
  echo "run_instance.sh: $1" >&2
  forget
  decided && exit 0
  answer error
  exit 1
}

# Asked to end, by the harness at the limit or by a person before it: what was found by then is kept.
stopped() {
  trap '' TERM INT HUP
  if [[ -n $child ]]; then
    kill -TERM "$child" 2>/dev/null
    for _ in {1..20}; do
      kill -0 "$child" 2>/dev/null || break
      sleep 0.05
    done
    kill -KILL "$child" 2>/dev/null
    wait "$child" 2>/dev/null
  fi
  decided || answer timeout
  forget
  exit 0
}
trap stopped TERM INT HUP

mkdir -p "$(dirname "$results")" || exit 1
# Holds where this process is killed without a warning.
answer unknown || exit 1

root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
# shellcheck source=vnncomp/node.sh
source "$root/vnncomp/node.sh"
# shellcheck source=vnncomp/running.sh
source "$root/vnncomp/running.sh"
find_node || fail "Node.js is missing"

# The harness measures this script, so the command gets what is left, less what ending takes.
left=$(awk -v began="$began" -v now="$EPOCHREALTIME" -v limit="$seconds" 'BEGIN {
  if (limit !~ /^[0-9]+\.?[0-9]*$/ || limit + 0 <= 0) exit 1
  spare = limit / 20 < 0.5 ? limit / 20 : 0.5
  left = limit - (now - began) - spare
  printf "%.3f", (left > 0.05 ? left : 0.05)
}') || fail "the sixth argument, the limit in seconds, is '$6'"

"$node" "${CERTPRUNE_MAIN:-$root/bin/certprune.js}" verify "--onnx=$model" "--vnnlib=$property" \
  "--timeout=$left" "--results=$results" ${CERTPRUNE_MEMORY:+"--memory=$CERTPRUNE_MEMORY"} &
child=$!
record=$(record_running "$child") || record=
wait "$child"
code=$?
child=
[[ $code == 0 ]] || fail "certprune ended with $code"
forget
