#: test-tsan
#: the same tests, built with ThreadSanitizer

. words/lib/tests.sh
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1}
run_tests tsan "$home/build/tsan" 5 "$@"
