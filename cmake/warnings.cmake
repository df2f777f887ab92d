# One place for what every target is compiled with.
add_library(snom_flags INTERFACE)
target_compile_options(snom_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wunused -Wnull-dereference
  -Wformat=2 -Werror)
if(SNOM_SANITIZE)
  target_compile_options(snom_flags INTERFACE -fsanitize=${SNOM_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(snom_flags INTERFACE -fsanitize=${SNOM_SANITIZE})
endif()
