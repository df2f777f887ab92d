#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "layout/layout.h"

namespace snom::layout {

/// Phones as a file names them: a range takes as much memory as one of them, and is written out only for who asks for
/// each.
class NamedPhones final {
 public:
  void add(std::string phone);
  /// "1000" to "1019" before "@example.com"; `digits`: of the shortest, which has zeros in front up to that.
  void add_range(std::uint64_t first, std::uint64_t last, std::size_t digits, std::string behind);
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Calls `see` for each, in the order of the file, until it says false.
  void for_each(const std::function<bool(const std::string& phone)>& see) const;

 private:
  struct Part {
    std::string text;  ///< of a range what is behind the number
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::size_t digits = 0;  ///< 0: no range
  };
  std::vector<Part> parts_;
  std::size_t size_ = 0;
};

/// Gathers what a layout file says, and all that is wrong with it, whatever its format. What that takes is bounded by
/// the text and `limits`, whatever is wrong: once nothing of the file will be taken, no phone is written out any more.
class LayoutBuilder final {
 public:
  /// `stop`: when it is asked for, nothing is gathered any more, and finish() says so.
  explicit LayoutBuilder(std::string name, LayoutLimits limits = {}, std::stop_token stop = {})
      : name_(std::move(name)), limits_(limits), stop_(std::move(stop)) {}

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
  /// Readers ask after each piece, and end.
  [[nodiscard]] bool is_stopped() const { return stop_.stop_requested(); }

  /// "1000@example.com", or "1000..1019@example.com" for twenty of them, taken into `phones`.
  void add_phones(NamedPhones& phones, const Value& text);
  /// The same key for each of them. `line`: where it begins.
  void add_key(const NamedPhones& phones, const Properties& properties, int line);

  /// What is said of each of these phones; properties that are none of phones are passed over. Saying the same again
  /// is possible.
  void add_kind(const NamedPhones& phones, const Properties& properties, int line);

  [[nodiscard]] tl::expected<WholeLayout, std::vector<std::string>> finish() &&;

 private:
  /// Nothing more of the file is taken, so that phones need not be gone through.
  [[nodiscard]] bool is_hopeless() const;

  std::string name_;
  LayoutLimits limits_;
  std::stop_token stop_;
  Layout layout_;
  PhoneKinds kinds_;
  std::vector<std::string> errors_;
  std::size_t more_errors_ = 0;
  std::size_t keys_ = 0;   ///< added, those of every phone
  std::size_t said_ = 0;   ///< of phones, counted for each of them as often as it is said
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
