#: test-asan
#: the same tests, built with AddressSanitizer and UndefinedBehaviorSanitizer

. words/lib/tests.sh
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}
run_tests asan "$home/build/asan" 3 "$@"
