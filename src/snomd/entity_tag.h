#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "control/keys/wanted_keys.h"
#include "http/server.h"

/// Entity tags of keys (RFC 9110 section 8.8.3) and the conditions of requests that change them (section 13). A tag is
/// of what is wanted; how far a phone has come with it does not change it. Pure functions.
namespace snom::snomd {

/// Of one key: its revision, and when it was set, so that no other revision is ever taken for it.
[[nodiscard]] std::string entity_tag(std::uint64_t revision, runtime::Clock::WallTime set_at);
/// Of all keys of a phone, in whatever order; cleared ones are passed over.
[[nodiscard]] std::string entity_tag(const std::vector<const control::WantedButton*>& keys);

/// Whether a change may be made to keys that are so now.
using Precondition = std::function<bool(const control::WantedKeys::View& now)>;

/// What `If-Match` and `If-None-Match: *` of a request ask for; empty without either. `key`: of which one; empty: of
/// all of a phone. The error: a problem document that names the header.
[[nodiscard]] tl::expected<Precondition, http::Response> precondition_of(const http::Request& request,
                                                                         const std::string& key);

}  // namespace snom::snomd
