#include "store/answers.h"

#include <iterator>
#include <utility>

#include "runtime/guard.h"

namespace snom::store {

void Answers::add(std::vector<Answer> answers, runtime::Executor& control) {
  {
    const std::lock_guard lock(mutex_);
    if (arrived_.empty()) {
      arrived_ = std::move(answers);
    } else {
      std::move(answers.begin(), answers.end(), std::back_inserter(arrived_));
    }
    if (std::exchange(posted_, true)) return;
  }
  try {
    control.post([self = shared_from_this()] { self->tell(); });
  } catch (...) {  // they are told with the next ones
    const std::lock_guard lock(mutex_);
    posted_ = false;
    throw;
  }
}

bool Answers::tell() {
  {
    const std::lock_guard lock(mutex_);
    posted_ = false;
    std::move(arrived_.begin(), arrived_.end(), std::back_inserter(telling_));
    arrived_.clear();
  }
  // One by one off the queue: what a `done` does, were it the end of the store, finds only those not yet told.
  const bool any = !telling_.empty();
  while (!telling_.empty()) {
    Answer answer = std::move(telling_.front());
    telling_.pop_front();
    runtime::guarded("an answer of the store", [&answer] { answer.done(std::move(answer.result)); });
  }
  return any;
}

}  // namespace snom::store
