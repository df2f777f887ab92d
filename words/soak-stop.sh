#: soak-stop [N]
#: starts and stops snomd and mod_snom.so N times (1000) while they are used, built with AddressSanitizer

stops=${1:-1000}
[[ $stops =~ ^[1-9][0-9]{0,5}$ ]] || fail "soak-stop: '$stops' is no number of stops (expected 1 to 999999)"
need build test
configure asan
cmake --build --preset asan --target "${programs[@]}" snom_mod_snom_test
export SNOM_STOPS=$stops
build/asan/bin/snom_mod_snom_test --gtest_filter='ModuleUnload.ManyReloadsUnderLoadAreAllClean'
SNOM_BIN_DIR=$home/build/asan/bin SNOM_TIME_FACTOR=3 PYTHONDONTWRITEBYTECODE=1 \
  exec "$python" -m pytest -q -s -p no:cacheprovider tests/e2e/test_stopping.py
