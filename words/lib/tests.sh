# What test, test-asan and test-tsan have in common.

# run_tests PRESET BUILD_DIR TIME_FACTOR [PYTEST_ARGUMENT...]: unit tests, then end-to-end tests with that build's
# programs.
run_tests() {
  local preset=$1 build=$2 factor=$3 unit=0 e2e=0
  shift 3
  need build test
  configure "$preset"
  cmake --build --preset "$preset"
  local results=$build/test-results
  rm -rf "$results"
  mkdir -p "$results/gtest"
  GTEST_OUTPUT="xml:$results/gtest/" \
    ctest --test-dir "$build" --output-on-failure --timeout $((120 * factor)) --output-junit "$results/ctest.xml" || unit=$?
  SNOM_BIN_DIR="$build/bin" SNOM_TIME_FACTOR="$factor" PYTHONDONTWRITEBYTECODE=1 \
    "$python" -m pytest -q -p no:cacheprovider --junit-xml="$results/e2e.xml" "$@" tests/e2e || e2e=$?
  echo "run: mod_snom.so was tried in a host of the tests' own, which is no FreeSWITCH: the real one was not there." \
    "'./run test-freeswitch PREFIX' tries it in that one."
  "$python" tests/tally.py --ctest "$results/ctest.xml" --gtest "$results/gtest" --pytest "$results/e2e.xml" \
    --exit-codes "$unit" "$e2e"
}
