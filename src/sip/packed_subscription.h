#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sip/event_package.h"

namespace snom::sip {

struct Subscription;

/// A Subscription as it is kept by the ten thousand: all its texts in one piece of memory of just their size, in place
/// of one for each. One owner thread.
class PackedSubscription final {
 public:
  /// Its texts together have less than 64 KiB (SubscribeRequest has bounds for each).
  explicit PackedSubscription(const Subscription& whole);
  [[nodiscard]] Subscription unpack() const;

  [[nodiscard]] std::string_view profile() const { return text(Field::profile); }
  [[nodiscard]] std::string_view user() const { return text(Field::user); }
  [[nodiscard]] std::string_view key() const { return text(Field::key); }
  [[nodiscard]] std::string_view call_id() const { return text(Field::call_id); }
  [[nodiscard]] std::string_view local_tag() const { return text(Field::local_tag); }
  [[nodiscard]] std::string_view remote_tag() const { return text(Field::remote_tag); }
  [[nodiscard]] std::string_view contact() const { return text(Field::contact); }
  [[nodiscard]] std::string_view instance() const { return text(Field::instance); }
  [[nodiscard]] std::string_view source_host() const { return text(Field::source_host); }
  [[nodiscard]] EventPackage package() const { return package_; }
  [[nodiscard]] bool shows_all() const { return shows_all_; }
  [[nodiscard]] const void* connection() const { return connection_.get(); }

  /// That of the NOTIFY that is sent next is one more.
  std::uint32_t local_cseq = 0;

 private:
  enum class Field : std::size_t {
    profile,
    domain,
    user,
    key,
    event_id,
    call_id,
    local_tag,
    remote_tag,
    local_uri,
    remote_uri,
    contact,
    instance,
    routes,  ///< a line each
    source_host,
    transport,
    next_hop,
    listener,
    count
  };
  static constexpr std::size_t fields = static_cast<std::size_t>(Field::count);
  [[nodiscard]] std::string_view text(Field field) const;

  std::unique_ptr<char[]> texts_;  ///< one behind the other
  std::array<std::uint16_t, fields> ends_{};
  std::uint16_t source_port_ = 0;
  EventPackage package_ = EventPackage::dialog;
  bool shows_all_ = false;
  std::uint32_t remote_cseq_ = 0;
  std::shared_ptr<void> connection_;
};

}  // namespace snom::sip
