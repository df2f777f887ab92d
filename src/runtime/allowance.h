#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

namespace snom::runtime {

/// So many at once, and so many more each second: a token bucket. Pure; one owner thread.
class Allowance final {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Allowance(double most, double per_second, TimePoint now)
      : most_(most), per_second_(per_second), left_(most), at_(now) {}

  /// Whether there is one left, which is then taken.
  [[nodiscard]] bool take(TimePoint now) {
    refill(now);
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }
  /// Whether there is one left.
  [[nodiscard]] bool has_left(TimePoint now) {
    refill(now);
    return left_ >= 1;
  }
  /// How long until there is one again; 0 when there is, at least a second else (what Retry-After can say).
  [[nodiscard]] std::chrono::seconds wait(TimePoint now) {
    refill(now);
    if (left_ >= 1) return std::chrono::seconds(0);
    return std::max(std::chrono::seconds(1),
                    std::chrono::ceil<std::chrono::seconds>(std::chrono::duration<double>((1 - left_) / per_second_)));
  }

 private:
  void refill(TimePoint now) {
    const double passed = std::max(0.0, std::chrono::duration<double>(now - at_).count());
    at_ = std::max(at_, now);
    left_ = std::min(most_, left_ + passed * per_second_);
  }

  double most_;
  double per_second_;
  double left_;
  TimePoint at_;
};

/// An allowance for each of many names, all alike. Of more than `most_names` the oldest is forgotten, and starts anew.
class Allowances final {
 public:
  using TimePoint = Allowance::TimePoint;

  Allowances(double most, double per_second, std::size_t most_names)
      : most_(most), per_second_(per_second), most_names_(most_names) {}

  /// Made if need be; valid until the next call.
  [[nodiscard]] Allowance& of(const std::string& name, TimePoint now) {
    const auto found = by_name_.find(name);
    if (found != by_name_.end()) return found->second;
    if (names_.size() >= most_names_) {
      by_name_.erase(names_.front());
      names_.pop_front();
    }
    names_.push_back(name);
    return by_name_.emplace(name, Allowance(most_, per_second_, now)).first->second;
  }

 private:
  double most_;
  double per_second_;
  std::size_t most_names_;
  std::unordered_map<std::string, Allowance> by_name_;
  std::deque<std::string> names_;  ///< of by_name_, the oldest first
};

}  // namespace snom::runtime
