#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "control/keys/key_order.h"
#include "language/button.h"
#include "language/error.h"

/// Layouts: what the keys of many phones are to be, as a file says it (docs/layouts.md), and how that differs from what
/// they are. Pure functions and values.
namespace snom::layout {

/// A key as a layout has it.
struct LayoutKey {
  language::Button button;     ///< without a light: the light stays as it is
  bool number_hidden = false;  ///< its number holds a password that the file has not: the number stays as it is
  std::string place = {};      ///< where it sits on the phone, for provisioning: "P3", "EK0"; empty: as its name says
  int line = 0;                ///< where the file says it
};
/// Keys by name, and those by phone ("1000@example.com").
using PhoneKeys = std::map<std::string, LayoutKey, control::KeyOrder>;
using Layout = std::map<std::string, PhoneKeys>;

/// What a function key is, as a settings file says it.
enum class KeyType {
  automatic,  ///< by the phone's model
  button,     ///< light, label and action come as x-buttons
  blf,        ///< subscribes to its light
  xml,        ///< an XML definition, which subscribes to light and label
  url,        ///< asks for a page when it is pressed
};
[[nodiscard]] std::string_view to_string(KeyType type);
/// The error names what is possible.
[[nodiscard]] tl::expected<KeyType, language::Error> parse_key_type(std::string_view text);

/// What a layout says of a phone, for provisioning. Empty is what it does not say.
struct PhoneKind {
  std::string model;            ///< "D862", a name that the table of models has
  std::optional<KeyType> keys;  ///< of what type they are
  std::optional<int> modules;   ///< so many expansion modules
  std::string mac;              ///< twelve hex digits in capitals
  int line = 0;                 ///< where the file says it first
};
using PhoneKinds = std::map<std::string, PhoneKind>;

/// All that a layout says.
struct WholeLayout {
  Layout keys;
  PhoneKinds phones;  ///< those of which it says something
};

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
/// With one error, nothing of it is taken; those that were found are told, the first twenty in full. What it takes
/// grows with the text and with what of it is right, up to `limits`. `stop`: when it is asked for while this reads, the
/// error says so within milliseconds.
[[nodiscard]] tl::expected<Layout, std::vector<std::string>> parse_layout(std::string_view text,
                                                                          const std::string& name, LayoutFormat format,
                                                                          LayoutLimits limits = {},
                                                                          std::stop_token stop = {});
/// The same, with what it says of phones.
[[nodiscard]] tl::expected<WholeLayout, std::vector<std::string>> parse_whole_layout(std::string_view text,
                                                                                     const std::string& name,
                                                                                     LayoutFormat format,
                                                                                     LayoutLimits limits = {},
                                                                                     std::stop_token stop = {});

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
/// Once `stop` is asked for, it ends before all were compared: the difference is then worth nothing.
[[nodiscard]] Difference compare(const Layout& present, const Layout& wanted, const std::string& name,
                                 const std::stop_token& stop = {});

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
