#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "layout/layout.h"

namespace snom::layout {

/// Gathers what a layout file says, and all that is wrong with it, whatever its format.
class LayoutBuilder final {
 public:
  explicit LayoutBuilder(std::string name, LayoutLimits limits = {}) : name_(std::move(name)), limits_(limits) {}

  /// A property's value and where it stands.
  struct Value {
    std::string text;
    int line = 0;
  };
  using Properties = std::map<std::string, Value, std::less<>>;
  /// Names of properties besides key, in the order in which they are written.
  static const std::vector<std::string_view>& property_names();
  /// Those that a key may have on top, for provisioning; they are not written.
  static constexpr std::string_view place = "place";
  /// Those of phones, for provisioning: of a [[group]], or columns.
  static const std::vector<std::string_view>& phone_property_names();

  void complain(int line, const std::string& what);

  /// "1000@example.com", or "1000..1019@example.com" for twenty of them, taken into `phones`.
  void add_phones(std::vector<std::string>& phones, const Value& text);
  /// The same key for each of them. `line`: where it begins.
  void add_key(const std::vector<std::string>& phones, const Properties& properties, int line);

  /// What is said of each of these phones; properties that are none of phones are passed over. Saying the same again
  /// is possible.
  void add_kind(const std::vector<std::string>& phones, const Properties& properties, int line);

  [[nodiscard]] tl::expected<WholeLayout, std::vector<std::string>> finish() &&;

 private:
  std::string name_;
  LayoutLimits limits_;
  Layout layout_;
  PhoneKinds kinds_;
  std::vector<std::string> errors_;
  std::size_t more_errors_ = 0;
  std::size_t keys_ = 0;   ///< added, those of every phone
  std::size_t bytes_ = 0;  ///< of their texts
};

/// The formats' readers and writers.
void read_toml_layout(std::string_view text, const std::string& name, LayoutBuilder& builder);
void read_csv_layout(std::string_view text, LayoutBuilder& builder);
[[nodiscard]] std::string write_toml_layout(const Layout& layout);
[[nodiscard]] std::string write_csv_layout(const Layout& layout);

/// A key's properties that are not empty, in the order in which they are written.
struct WrittenProperty {
  std::string_view name;
  std::string text;
};
[[nodiscard]] std::vector<WrittenProperty> written_properties(const LayoutKey& key);

}  // namespace snom::layout
