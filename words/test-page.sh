#: test-page [--pictures]
#: the page in a real browser (Debian's Chromium) before snomd and virtual phones, and its types (tsc); --pictures takes
#: those of docs/images anew

. words/lib/page.sh
page_tools
cd tests/page
node_modules/.bin/tsc -p .
if [ "${1:-}" = --pictures ]; then exec node pictures.mjs; fi
exec node --test --test-concurrency=1 "$@" .
