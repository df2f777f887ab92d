# One place for what every target is compiled with. Not -Wnull-dereference: what it finds depends on the optimiser, and
# GCC 14 finds it in its own std::deque.
add_library(snom_flags INTERFACE)
target_compile_options(snom_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wunused -Wformat=2 -Werror)
if(SNOM_SANITIZE)
  target_compile_options(snom_flags INTERFACE -fsanitize=${SNOM_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(snom_flags INTERFACE -fsanitize=${SNOM_SANITIZE})
  if(SNOM_SANITIZE STREQUAL "thread")
    # Boost.Asio's fences are more than its mutexes need; that ThreadSanitizer does not see them is no fault.
    target_compile_options(snom_flags INTERFACE -Wno-tsan)
  endif()
endif()
if(SNOM_FUZZ)
  target_compile_options(snom_flags INTERFACE -fsanitize=fuzzer-no-link -fno-sanitize-recover=all)
endif()
