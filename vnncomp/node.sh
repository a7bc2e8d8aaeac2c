# Where Node.js is: on the path, or where install_tool.sh has put it. To be sourced.
node_folder="$HOME/.certprune/node"

recent() {
  "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

# Sets `node`, and puts its folder on the path; fails where no Node.js is recent enough.
find_node() {
  for node in "$(command -v node || true)" "$node_folder/bin/node"; do
    if [ -n "$node" ] && recent "$node"; then
      PATH="$(dirname "$node"):$PATH"
      export PATH
      return 0
    fi
  done
  return 1
}
