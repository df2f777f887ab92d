#: test
#: build, unit tests, end-to-end tests with real peers; ends with "N passed, N failed"

. words/lib/tests.sh
run_tests release "$home/build" 1 "$@"
