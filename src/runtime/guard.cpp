#include "runtime/guard.h"

#include <atomic>
#include <exception>

namespace snom::runtime {
namespace {

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): a C library's callback has no other way to the
// log
std::atomic<FaultLog> fault_log = nullptr;

}  // namespace

void set_fault_log(FaultLog log) noexcept { fault_log = log; }

void tell_fault(const char* where) noexcept {
  const FaultLog log = fault_log;
  if (log == nullptr) return;
  try {
    try {
      throw;
    } catch (const std::exception& error) {
      log(where, error.what());
    } catch (...) {
      log(where, "something that is no exception");
    }
  } catch (...) {  // the log itself has no memory
  }
}

}  // namespace snom::runtime
