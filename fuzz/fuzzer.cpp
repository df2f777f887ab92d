// The target SNOM_FUZZ_TARGET as clang's libFuzzer wants it.

#include <cstddef>
#include <cstdint>

#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  snom::fuzz::SNOM_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
