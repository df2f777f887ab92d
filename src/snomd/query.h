#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "http/server.h"

namespace snom::snomd {

/// The query of a request (RFC 3986 section 3.4), read as what each parameter is to be. A value.
class Query final {
 public:
  /// What one may say, and how often: "type...", with three dots, may come several times or have several values with
  /// commas between them.
  using Known = std::vector<std::string_view>;
  /// What is wrong, as a problem document that names the parameter: one that is not known, comes twice, or may have
  /// several values and has none.
  template <typename Value>
  using Read = tl::expected<Value, http::Response>;

  [[nodiscard]] static Read<Query> of(const http::Request& request, const Known& known);

  [[nodiscard]] bool empty() const { return parameters_.empty(); }
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  /// All that were said of it, none of them empty.
  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;
  /// A whole number from `low` to `high`.
  [[nodiscard]] Read<std::uint64_t> number(std::string_view name, std::uint64_t fallback, std::uint64_t low,
                                           std::uint64_t high) const;
  /// All that were said of it, each one of `words`.
  template <typename Words>
  [[nodiscard]] Read<std::vector<std::string>> words(std::string_view name, const Words& words) const {
    return words_of(name, {std::begin(words), std::end(words)});
  }

 private:
  [[nodiscard]] Read<std::vector<std::string>> words_of(std::string_view name,
                                                        const std::vector<std::string_view>& words) const;
  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace snom::snomd
