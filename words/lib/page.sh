# What the words have in common that drive the page in a browser.

. words/lib/npm.sh

# page_tools: Debian's packages, the programs, and what tests/page needs of npm.
page_tools() {
  need build page
  build_programs
  npm_tools tests/page
}
