#: bench-against BIN_DIR [NAME...]
#: the same figures of this build beside those of the programs in BIN_DIR, taken in turns, and their ratios

[ $# -ge 1 ] || fail "bench-against needs the folder of the other build's programs: ./run bench-against BIN_DIR [NAME...]"
other=$(cd "$1" 2>/dev/null && pwd) || fail "bench-against: there is no folder '$1'"
shift
[ -x "$other/snomd" ] || fail "bench-against: there is no snomd in $other"
need build test
configure release
cmake --build --preset release
exec bench/against "$other" "$@"
