#: fuzz [SECONDS [TARGET...]]
#: looks for inputs that a parser or a server does not stand, for SECONDS (120) in all, on all processors

seconds=${1:-120}
[[ $seconds =~ ^[1-9][0-9]{0,5}$ ]] || fail "fuzz: '$seconds' is no number of seconds (expected 1 to 999999)"
[ $# -eq 0 ] || shift
need build fuzz
configure fuzz
cmake --build --preset fuzz --target fuzzers
exec "$python" fuzz/run.py --build "$home/build/fuzz" "$seconds" "$@"
