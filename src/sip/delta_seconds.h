#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

namespace snom::sip {

/// Seconds as the other side wrote them (delta-seconds, RFC 3261 section 25.1), for Expires, Min-Expires, Retry-After
/// and their parameters. Nothing above 2**32 - 1 can be meant (sections 20.19 and 20.23): more counts as that, so that
/// no reckoning with times can overflow.
[[nodiscard]] inline std::uint32_t delta_seconds(unsigned long value) {
  constexpr unsigned long most = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::min(value, most));
}

/// nullopt: no number, or more behind it.
[[nodiscard]] inline std::optional<std::uint32_t> delta_seconds(std::string_view written) {
  std::uint64_t value = 0;
  const char* const end = written.data() + written.size();
  const auto [behind, error] = std::from_chars(written.data(), end, value);
  if (error == std::errc::invalid_argument || behind != end) return std::nullopt;
  return delta_seconds(error == std::errc::result_out_of_range ? std::numeric_limits<unsigned long>::max() : value);
}

}  // namespace snom::sip
