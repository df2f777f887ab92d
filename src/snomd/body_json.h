#pragma once

#include <string_view>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "http/server.h"

namespace snom::snomd {

/// The JSON of a request's body; of what is none a discarded value, which is neither an object nor a list, nor anything
/// else that a resource may expect. The error, 400: it is nested deeper than language::deepest_json. All JSON that
/// comes over HTTP is read by this. Any thread.
[[nodiscard]] tl::expected<nlohmann::json, http::Response> body_json(std::string_view body);

}  // namespace snom::snomd
