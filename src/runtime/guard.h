#pragma once

#include <utility>

/// Where an exception has nowhere to go: the first function of a thread, a task on a loop, a callback that a C library
/// makes. It ends there, the program's log is told, and the thread, the loop or the library goes on. In FreeSWITCH's
/// process one that went further would end the PBX.
namespace snom::runtime {

/// Writes a line to the program's log: where it was, and what was thrown. Any thread; throws nothing that counts.
using FaultLog = void (*)(const char* where, const char* what);
/// The program sets it before it starts a thread; until then nobody is told.
void set_fault_log(FaultLog log) noexcept;

/// In a handler: tells the log of the exception in hand.
void tell_fault(const char* where) noexcept;

/// Runs `work`; true if nothing was thrown. `where` is for the log: "a timer".
template <typename Work>
bool guarded(const char* where, Work&& work) noexcept {
  try {
    std::forward<Work>(work)();
    return true;
  } catch (...) {
    tell_fault(where);
    return false;
  }
}

/// What `work` returns, or `otherwise` if something was thrown.
template <typename Result, typename Work>
Result guarded_or(Result otherwise, const char* where, Work&& work) noexcept {
  guarded(where, [&] { otherwise = std::forward<Work>(work)(); });
  return otherwise;
}

}  // namespace snom::runtime
