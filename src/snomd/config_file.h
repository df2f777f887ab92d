#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "snomd/config.h"

/// How the parts of the configuration are read from its TOML. For the files that read it only.
namespace snom::snomd::reading {

/// The first thing wrong with the file ends the reading; parse_config catches it.
struct Refused {
  std::string text;
};

/// The file that is read, for errors.
class File {
 public:
  explicit File(std::string name) : name_(std::move(name)) {}
  [[noreturn]] void refuse(const toml::node& node, const std::string& what) const;
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  std::string name_;
};

/// One table of the file: takes known keys with their types and limits, refuses all others.
class Section {
 public:
  using Known = std::initializer_list<std::string_view>;
  Section(const File& file, const toml::table& table, std::string title, Known known);

  [[nodiscard]] const toml::node* node(std::string_view key) const { return table_.get(key); }
  [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
  [[nodiscard]] std::string required_text(std::string_view key) const;
  [[nodiscard]] std::int64_t number(std::string_view key, std::int64_t fallback, std::int64_t low,
                                    std::int64_t high) const;
  [[nodiscard]] bool truth(std::string_view key, bool fallback) const;
  /// At least one.
  [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
  [[noreturn]] void refuse(std::string_view key, const std::string& expected) const;

 private:
  const File& file_;
  const toml::table& table_;
  std::string title_;
};

/// The tables of `[[name]]`.
[[nodiscard]] std::vector<const toml::table*> tables(const File& file, const toml::table& root, std::string_view name);
/// The table of `[name]`; nullptr when it is not there.
[[nodiscard]] const toml::table* table(const File& file, const toml::table& root, std::string_view name);

[[nodiscard]] bool has_blank_or_control(std::string_view text);

/// What each profile has, whoever its phones are registered with.
void check_name_and_domain(const Section& section, const std::string& name, const std::string& domain);

/// [[profile]], of every kind. `folder`: of files that it names.
void read_profiles(const File& file, const toml::table& root, const std::string& folder, Config& config);
/// [[lamp]], once the profiles are known.
void read_lamps(const File& file, const toml::table& root, Config& config);
/// One with phones = "asterisk"; its name.
[[nodiscard]] std::string read_asterisk(const File& file, const toml::table& table, const std::string& folder,
                                        Config& config);

}  // namespace snom::snomd::reading
