#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sip/subscriptions.h"

/// What subscribers of keys are told, as it is written: RFC 4235 or RFC 3863, of lists RFC 4662. Pure functions.
namespace snom::sip {

struct KeyDocument {
  std::string content_type;
  std::string body;
  std::string require = {};  ///< option tag that it needs; empty = none
};
[[nodiscard]] KeyDocument write_document(const Subscription& to, const Subscriptions::Notify& notify);

/// How the user part of what it subscribed to is written.
[[nodiscard]] std::string address_of(const Subscription& subscription);

/// Bytes that a NOTIFY of a list takes at most: without members, its headers with it; what a member adds whose state is
/// told; and one that is only named.
[[nodiscard]] std::size_t bytes_without_members(const Subscription& to);
[[nodiscard]] std::size_t bytes_of_state(const Subscription& to, const control::KeyLight& light);
[[nodiscard]] std::size_t bytes_of_name(const Subscription& to, std::string_view key);

}  // namespace snom::sip
