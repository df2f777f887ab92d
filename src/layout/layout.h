#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "control/keys/key_order.h"
#include "language/button.h"

/// Layouts: what the keys of many phones are to be, as a file says it (docs/layouts.md), and how that differs from what
/// they are. Pure functions and values.
namespace snom::layout {

/// A key as a layout has it.
struct LayoutKey {
  language::Button button;     ///< without a light: the light stays as it is
  bool number_hidden = false;  ///< its number holds a password that the file has not: the number stays as it is
  int line = 0;                ///< where the file says it
};
/// Keys by name, and those by phone ("1000@example.com").
using PhoneKeys = std::map<std::string, LayoutKey, control::KeyOrder>;
using Layout = std::map<std::string, PhoneKeys>;

enum class LayoutFormat { toml, csv };

/// By the end of the file's name: ".toml", ".csv".
[[nodiscard]] tl::expected<LayoutFormat, std::string> layout_format(std::string_view file);

/// What a file may have at most; one of less is made where memory is others', too.
struct LayoutLimits {
  std::size_t phones = 100'000;                                      ///< of one group, and of a file
  std::size_t keys = 2'000'000;                                      ///< those of all its phones
  std::size_t text_bytes = std::numeric_limits<std::size_t>::max();  ///< of the texts of all those keys
};

/// Reads a whole file; `name` is what errors begin with: "desk.toml:7: light: 'purple' is not a light (expected ...)".
/// With one error, nothing of it is taken; all that were found are told.
[[nodiscard]] tl::expected<Layout, std::vector<std::string>> parse_layout(std::string_view text,
                                                                          const std::string& name, LayoutFormat format,
                                                                          LayoutLimits limits = {});

/// Writes what parse_layout reads. Phones with the same keys are one group of a TOML file.
[[nodiscard]] std::string write_layout(const Layout& layout, LayoutFormat format);

/// One property of a key that is to change: "label", from what, to what. "" = none.
struct PropertyChange {
  std::string_view name;
  std::string before;
  std::string after;
};
struct KeyChange {
  std::string key;
  bool is_new = false;
  std::vector<PropertyChange> properties;
};
struct PhoneChange {
  std::string phone;
  std::vector<KeyChange> keys;
};
struct Difference {
  std::vector<PhoneChange> phones;  ///< those of which something is to change
  std::size_t same_keys = 0;        ///< keys that are as they should be
  /// Keys that cannot be set, as their number is hidden here and not known there. With one of them, nothing is applied.
  std::vector<std::string> impossible;
};
/// What has to change so that all keys of `wanted` are as it says; others stay. `name` begins the impossible ones.
[[nodiscard]] Difference compare(const Layout& present, const Layout& wanted, const std::string& name);

/// The command that makes the change: one for a phone, so that it gets one document.
[[nodiscard]] std::string command_line(const PhoneChange& change);

/// The change for a person: "1000@example.com key 2: label '' -> 'Door', number -> ...". Passwords are left out.
[[nodiscard]] std::string show_change(const PhoneChange& change);

/// What became of a changed key.
enum class KeyOutcome { confirmed, pending, failed };
/// By how the key is after the command was run: one that is not as it was asked for (`now`; nullptr: not there),
/// because every contact refused it and it was taken back, has failed. `state`: of that key.
[[nodiscard]] KeyOutcome outcome(const KeyChange& change, const LayoutKey* now, KeyOutcome state);

}  // namespace snom::layout
