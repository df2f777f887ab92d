#: test-proxy PREFIX
#: snomd beside the Kamailio or the OpenSIPS that is installed at PREFIX, with the configurations of packaging/, on loopback

[ $# -ge 1 ] || fail "test-proxy needs the prefix that Kamailio or OpenSIPS is installed at: ./run test-proxy PREFIX"
prefix=$(cd "$1" 2>/dev/null && pwd) || fail "test-proxy: there is no folder '$1'"
shift
if [ -x "$prefix/sbin/opensips" ]; then
  tests=(tests/e2e/beside_opensips.py)
elif [ -x "$prefix/sbin/kamailio" ]; then
  tests=(tests/e2e/test_beside_kamailio.py tests/e2e/test_kamailio.py tests/e2e/test_kamailio_edge.py)
  export SNOM_KAMAILIO=$prefix/sbin/kamailio
else
  fail "test-proxy: there is no sbin/kamailio and no sbin/opensips in $prefix"
fi
need test
build_programs
SNOM_PROXY_PREFIX="$prefix" SNOM_BIN_DIR="$home/build/bin" PYTHONDONTWRITEBYTECODE=1 \
  exec "$python" -m pytest -q -p no:cacheprovider "$@" "${tests[@]}"
