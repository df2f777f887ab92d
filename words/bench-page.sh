#: bench-page [--figures FILE]
#: how quick the page is with ten thousand phones, in a real browser: first view, changes, scrolling

. words/lib/page.sh
page_tools
exec node tests/page/bench.mjs "$@"
