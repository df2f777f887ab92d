#: test-asterisk PREFIX
#: snomd beside the Asterisk that is installed at PREFIX, with virtual phones, on loopback

[ $# -ge 1 ] || fail "test-asterisk needs the prefix that Asterisk is installed at: ./run test-asterisk PREFIX"
prefix=$(cd "$1" 2>/dev/null && pwd) || fail "test-asterisk: there is no folder '$1'"
shift
[ -x "$prefix/sbin/asterisk" ] || fail "test-asterisk: there is no $prefix/sbin/asterisk"
need test
build_programs
SNOM_ASTERISK_PREFIX="$prefix" SNOM_BIN_DIR="$home/build/bin" PYTHONDONTWRITEBYTECODE=1 \
  exec "$python" -m pytest -q -p no:cacheprovider "$@" tests/asterisk_real
