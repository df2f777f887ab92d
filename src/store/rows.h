#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "control/keys/button_store.h"
#include "language/error.h"

namespace snom::store {

/// A row whose columns begin further right.
template <typename Row>
class Behind {
 public:
  Behind(const Row& row, int by) : row_(row), by_(by) {}
  [[nodiscard]] bool is_null(int column) const { return row_.is_null(column + by_); }
  [[nodiscard]] std::string_view text(int column) const { return row_.text(column + by_); }
  [[nodiscard]] std::int64_t integer(int column) const { return row_.integer(column + by_); }

 private:
  const Row& row_;
  int by_;
};

/// A light, colour or action in a column of a row; one that this version does not know is an error in words.
template <typename Row, typename Named>
std::string read_name(const Row& row, int column, tl::expected<Named, language::Error> (*parse)(std::string_view),
                      std::optional<Named>& value) {
  if (row.is_null(column)) return {};
  const auto parsed = parse(row.text(column));
  if (!parsed) return parsed.error().text();
  value = *parsed;
  return {};
}

/// A wanted key of a row whose columns are address_of_record, key, light, colour, label, number, action, caller,
/// reference, cleared (0 or 1), revision, set_at (ms since 1970 UTC) and set_by.
template <typename Row>
tl::expected<control::WantedButton, std::string> read_wanted(const Row& row) {
  control::WantedButton wanted;
  wanted.address_of_record = row.text(0);
  wanted.button.key = row.text(1);
  std::string wrong = read_name(row, 2, language::parse_light, wanted.button.light);
  if (wrong.empty()) wrong = read_name(row, 3, language::parse_colour, wanted.button.colour);
  if (wrong.empty()) wrong = read_name(row, 6, language::parse_action, wanted.button.action);
  if (!wrong.empty()) {
    return tl::unexpected("key " + wanted.button.key + " of " + wanted.address_of_record + ": " + wrong);
  }
  wanted.button.label = row.text(4);
  wanted.button.number = row.text(5);
  wanted.button.caller = row.text(7);
  wanted.reference = row.text(8);
  wanted.cleared = row.integer(9) != 0;
  wanted.revision = static_cast<std::uint64_t>(row.integer(10));
  wanted.set_at = decltype(wanted.set_at)(std::chrono::milliseconds(row.integer(11)));
  wanted.set_by = row.text(12);
  return wanted;
}

/// Members of a group, a line each.
[[nodiscard]] std::string joined_members(const control::KeptGroup& group);
[[nodiscard]] std::vector<std::string> split_members(std::string_view lines);

}  // namespace snom::store
