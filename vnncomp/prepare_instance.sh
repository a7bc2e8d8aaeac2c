#!/bin/bash
# Makes ready for one instance of VNN-COMP; nothing is computed. Arguments: v1 category model property
set -uo pipefail

if [[ ${1:-} != v1 || $# -lt 4 ]]; then
  echo "usage: prepare_instance.sh v1 category model property" >&2
  exit 1
fi
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
# shellcheck source=vnncomp/node.sh
source "$root/vnncomp/node.sh"
# shellcheck source=vnncomp/running.sh
source "$root/vnncomp/running.sh"
find_node || exit 1

for file in "$3" "$4"; do
  if [[ ! -r $file || -d $file ]]; then
    echo "$file cannot be read." >&2
    exit 1
  fi
done

# What an earlier instance left when it was killed must not take this one's time.
end_leftovers
exit 0
