#include "http/mailbox.h"

#include <boost/asio/post.hpp>

#include "runtime/guard.h"

namespace snom::http {

bool Mailbox::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  work_.push_back(std::move(work));
  if (work_.size() == 1) boost::asio::post(*io_, [this] { run(); });
  return true;
}

void Mailbox::dispatch(std::function<void()> work) {
  if (on_owner_thread()) {
    work();
  } else {
    post(std::move(work));
  }
}

void Mailbox::close() {
  std::vector<std::function<void()>> dropped;  // destroyed without the lock: responders in it may want it
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(work_);
}

void Mailbox::run() {
  std::vector<std::function<void()>> due;
  {
    const std::lock_guard lock(mutex_);
    due.swap(work_);
  }
  for (auto& work : due) runtime::guarded("an HTTP answer", work);
}

}  // namespace snom::http
