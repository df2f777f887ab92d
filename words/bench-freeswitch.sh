#: bench-freeswitch PREFIX
#: what mod_snom.so does a second in that FreeSWITCH, beside its own mod_snom if it has one

[ $# -ge 1 ] || fail "bench-freeswitch needs the prefix that FreeSWITCH is installed at: ./run bench-freeswitch PREFIX"
prefix=$(cd "$1" 2>/dev/null && pwd) || fail "bench-freeswitch: there is no folder '$1'"
shift
build_for_freeswitch "$prefix"
SNOM_MODULE="$module_build/freeswitch/mod_snom.so" SNOM_BIN_DIR="$module_build/bin" exec "$python" \
  bench/freeswitch/run "$prefix" "$@"
