#pragma once

#include <cstdint>
#include <string>

namespace snom::snomphone {

/// The line, with its end, that stands where so many events are lost: `{"event":"gap","user":"","lost":7}`.
[[nodiscard]] std::string lost_events(std::uint64_t lost);

}  // namespace snom::snomphone
