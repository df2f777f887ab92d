#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "runtime/rare_string.h"
#include "sip/fingerprint.h"

namespace snom::sip {

/// What authenticated requests were answered, for as long as the other side may repeat them (RFC 3261 section 17.2.2,
/// timer J): a repeated request gets the same answer and is not carried out twice. Some 250 bytes a request, whatever
/// its key is (SHA-256 stands for it), where a server transaction of sofia's holds the whole request. Pure. One owner
/// thread.
///
/// The key tells the transaction (section 17.2.3), the fingerprint all that the request said: only what is the same in
/// both is a repetition. Anything else under a key that is known has to authenticate itself like everybody.
class AnsweredRequests final {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// 64 times T1, as the RFC has it.
  static constexpr std::chrono::seconds kept{32};

  struct Answered {
    int status = 0;
    Fingerprint fingerprint{};
    runtime::RareString contact = {};  ///< of a redirection
    bool operator==(const Answered&) const = default;
  };

 private:
  using Key = std::array<unsigned char, 32>;
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  struct Entry {
    TimePoint until;
    const Key* key;  ///< in by_key_, whose nodes stay where they are
  };
  struct Remembered {
    Answered answered;
    std::list<Entry>::iterator age;  ///< in by_age_
  };

 public:
  /// Reckoned of each, beside its contact.
  static constexpr std::size_t bytes_each = sizeof(Key) + sizeof(Remembered) + sizeof(Entry);

  /// `most_bytes`: of all that is kept, as far as that is reckoned here; beyond it the oldest are forgotten first.
  explicit AnsweredRequests(std::size_t most_bytes = std::size_t{16} << 20) : most_bytes_(most_bytes) {}

  /// What the latest request with this key was answered; nullptr when none was seen. Valid until the next call.
  [[nodiscard]] const Answered* find(std::string_view key, TimePoint now);
  /// Takes the place of what was remembered under this key, for its full time from now on.
  void remember(std::string_view key, Answered answered, TimePoint now);

  [[nodiscard]] std::size_t size() const { return by_key_.size(); }

 private:
  [[nodiscard]] static Key digest_of(std::string_view key);
  [[nodiscard]] static std::size_t size_of(const Answered& answered) {
    return bytes_each + answered.contact.text().size();
  }
  void forget_oldest();
  void forget_until(TimePoint now);

  std::size_t most_bytes_;
  std::size_t bytes_ = 0;
  std::unordered_map<Key, Remembered, KeyHash> by_key_;
  std::list<Entry> by_age_;
};

}  // namespace snom::sip
