# What tests need of npm.

# npm_tools FOLDER: what FOLDER/package-lock.json names, by its checksum; from npm's registry only what is not there yet.
npm_tools() {
  if ! [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ]; then
    (cd "$1" && npm ci --no-audit --no-fund --ignore-scripts)
  fi
}
