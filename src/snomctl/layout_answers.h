#pragma once

#include <cstddef>

#include <nlohmann/json.hpp>

#include "layout/layout.h"

/// Layouts out of what snomd tells. Pure functions.
namespace snom::snomctl {

/// What `GET /v1/buttons` tells.
[[nodiscard]] layout::Layout read_buttons(const nlohmann::json& buttons);

/// How changed keys stand afterwards.
struct Standing {
  std::size_t confirmed = 0;
  std::size_t pending = 0;
  std::size_t failed = 0;
};
/// Of a phone's keys, by what `GET /v1/buttons` tells of it after the command was run.
[[nodiscard]] Standing standing(const layout::PhoneChange& change, const nlohmann::json& phone_buttons);

}  // namespace snom::snomctl
