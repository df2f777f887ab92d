#: test-page [--pictures]
#: the pages of snomd and snomphone in a real browser (Debian's Chromium), and their types (tsc); --pictures takes those
#: of docs/images anew

. words/lib/page.sh
page_tools
cd tests/page
node_modules/.bin/tsc -p .
if [ "${1:-}" = --pictures ]; then
  node pictures.mjs
  SNOM_PICTURES=$home/docs/images exec node --test snomphone.test.mjs
fi
exec node --test --test-concurrency=1 "$@" .
