#: test-freeswitch PREFIX
#: mod_snom.so in the FreeSWITCH that is installed at PREFIX, with virtual phones, on loopback

[ $# -ge 1 ] || fail "test-freeswitch needs the prefix that FreeSWITCH is installed at: ./run test-freeswitch PREFIX"
prefix=$(cd "$1" 2>/dev/null && pwd) || fail "test-freeswitch: there is no folder '$1'"
shift
build_for_freeswitch "$prefix"
SNOM_FREESWITCH_PREFIX="$prefix" SNOM_MODULE="$module_build/freeswitch/mod_snom.so" SNOM_MODULE_BUILD="$module_build" \
  SNOM_BIN_DIR="$module_build/bin" PYTHONDONTWRITEBYTECODE=1 \
  exec "$python" -m pytest -q -p no:cacheprovider "$@" tests/freeswitch
