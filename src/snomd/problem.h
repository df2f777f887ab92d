#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "http/server.h"

namespace snom::snomd {

/// "404 Not Found", and what is wrong, as a problem document (RFC 9457): `title` `status` `detail`. `error` says the
/// same as `detail`, for those who knew it before. `field`: which part of the request, "light"; empty = none.
/// `more`: further members (section 3.2).
[[nodiscard]] http::Response problem(int status, const std::string& detail, std::string_view field = {},
                                     nlohmann::json more = nlohmann::json::object());
/// 400: a property that is none, repeated no further than its first word. `expected`: those that there are.
[[nodiscard]] http::Response no_property(std::string_view name, std::string_view expected);

[[nodiscard]] http::Response method_not_allowed(const std::string& allowed);
[[nodiscard]] http::Response json_response(int status, const nlohmann::json& body);

}  // namespace snom::snomd
