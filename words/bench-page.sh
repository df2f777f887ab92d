#: bench-page [--figures FILE] [--minutes N]
#: how quick the page is with ten thousand phones, in a real browser: first view, changes, scrolling; and what memory it
#: takes in N minutes of events

. words/lib/page.sh
page_tools
exec node tests/page/bench.mjs "$@"
