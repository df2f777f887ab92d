#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

namespace snom::sip {

/// What authenticated requests were answered, for as long as the other side may repeat them (RFC 3261 section 17.2.2,
/// timer J): a repeated request gets the same answer and is not carried out twice. A few hundred bytes a request, where
/// a server transaction of sofia's holds the whole request. Pure. One owner thread.
class AnsweredRequests final {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// 64 times T1, as the RFC has it.
  static constexpr std::chrono::seconds kept{32};

  /// `most_bytes`: of keys; beyond it the oldest are forgotten first.
  explicit AnsweredRequests(std::size_t most_bytes = std::size_t{16} << 20) : most_bytes_(most_bytes) {}

  /// The status that the request with this key was answered with; nullopt for one not seen yet.
  [[nodiscard]] std::optional<int> find(const std::string& key, TimePoint now);
  void remember(const std::string& key, int status, TimePoint now);
  /// remember(), also where another status was remembered before.
  void replace(const std::string& key, int status, TimePoint now);

  [[nodiscard]] std::size_t size() const { return by_key_.size(); }

 private:
  struct Entry {
    TimePoint until;
    const std::string* key;  ///< in by_key_, whose nodes stay where they are
  };
  void forget_oldest();
  void forget_until(TimePoint now);

  std::size_t most_bytes_;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, int> by_key_;
  std::deque<Entry> by_age_;
};

}  // namespace snom::sip
