# What the words have in common that drive the page in a browser.

# page_tools: Debian's packages, the programs, and what tests/page/package-lock.json names, by its checksum; from npm's
# registry only what is not there yet.
page_tools() {
  need build page
  build_programs
  if ! [ tests/page/node_modules/.package-lock.json -nt tests/page/package-lock.json ]; then
    (cd tests/page && npm ci --no-audit --no-fund --ignore-scripts)
  fi
}
