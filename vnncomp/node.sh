# Where Node.js is: on the path, or where install_tool.sh has put it. To be sourced, with `root` set.
node_folder=$root/.node

recent() {
  local version
  version=$("$1" --version 2>/dev/null) || return 1
  [[ $version =~ ^v([0-9]+)\.([0-9]+)\. ]] || return 1
  ((BASH_REMATCH[1] > 20 || (BASH_REMATCH[1] == 20 && BASH_REMATCH[2] >= 19)))
}

# Sets `node`, and puts its folder on the path; fails where no Node.js is recent enough.
find_node() {
  for node in "$(command -v node || true)" "$node_folder/bin/node"; do
    if [[ -n $node ]] && recent "$node"; then
      export PATH="${node%/*}:${PATH:-/usr/bin:/bin}"
      return 0
    fi
  done
  echo "Node.js 20.19 or newer is missing. Run install_tool.sh." >&2
  return 1
}
