#include "control/contact_queue.h"

#include <utility>

#include "runtime/guard.h"

namespace snom::control {

namespace {

/// What a token is: posts when it goes.
class Taken {
 public:
  Taken(runtime::ExecutorHandle control, std::function<void()> left)
      : control_(std::move(control)), left_(std::move(left)) {}
  ~Taken() {
    runtime::guarded("the end of a message", [this] { control_.post(std::move(left_)); });
  }
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;

 private:
  runtime::ExecutorHandle control_;
  std::function<void()> left_;
};

}  // namespace

ContactQueue::Token ContactQueue::enter(const std::string& contact, Turn turn) {
  const auto [found, is_free] = waiting_.try_emplace(contact);
  if (is_free) return token(contact);
  found->second.push_back(std::move(turn));
  return nullptr;
}

ContactQueue::Token ContactQueue::token(const std::string& contact) {
  return std::make_shared<Taken>(control_, lifetime_.guard([this, contact] { leave(contact); }));
}

std::size_t ContactQueue::entered(const std::string& contact) const {
  const auto found = waiting_.find(contact);
  return found == waiting_.end() ? 0 : found->second.size() + 1;
}

void ContactQueue::leave(const std::string& contact) {
  const auto found = waiting_.find(contact);
  if (found == waiting_.end()) return;
  if (found->second.empty()) {
    waiting_.erase(found);
    return;
  }
  const auto turn = std::move(found->second.front());
  found->second.pop_front();
  turn(token(contact));
}

}  // namespace snom::control
