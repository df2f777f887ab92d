#pragma once

#include <memory>
#include <utility>

namespace snom::runtime {

/// A member of an object whose callbacks may come after it has gone: what guard() makes does nothing then.
///
/// The last member, so that it goes first. On the thread on which the callbacks come.
class Lifetime final {
 public:
  Lifetime() = default;
  Lifetime(const Lifetime&) = delete;
  Lifetime& operator=(const Lifetime&) = delete;

  /// `work`, as long as the object lives; afterwards nothing.
  template <typename Work>
  [[nodiscard]] auto guard(Work work) const {
    return [alive = std::weak_ptr<const char>(token_), work = std::move(work)](auto&&... arguments) mutable {
      if (!alive.expired()) work(std::forward<decltype(arguments)>(arguments)...);
    };
  }

 private:
  std::shared_ptr<const char> token_ = std::make_shared<const char>('\0');
};

}  // namespace snom::runtime
