#pragma once

#include <functional>

namespace snom::runtime {

/// Where work is done that was put off: one piece after the other, in the order in which it came, on one thread at a
/// time.
///
/// The house's rule stands on it: **a completion is posted, never called from inside the call that caused it.** So no
/// function finds, when a call returns, that the world has changed under it.
class Executor {
 public:
  virtual ~Executor() = default;
  /// Has `work` run later, never before this call returns. Any thread. False: the executor is at its end; the work was
  /// dropped.
  virtual bool post(std::function<void()> work) = 0;
};

}  // namespace snom::runtime
