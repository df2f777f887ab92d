#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "language/model_table.h"
#include "layout/layout.h"

/// Settings files for the phones of a layout (docs/provisioning.md). Pure functions.
namespace snom::layout {

/// Of what type the keys of a model are when nobody says: those that are known to take x-buttons get buttons, others
/// subscribe, which is documented for all that are sold.
[[nodiscard]] KeyType usual_key_type(const language::ModelTraits& traits);

/// Where a function key is, counted from 0 as a settings file does: P1 is 0, and EK0 comes behind the phone's last own
/// key. nullopt: the phone with so many expansion modules has none there.
[[nodiscard]] std::optional<int> index_of_place(std::string_view place, const language::ModelTraits& traits,
                                                int modules);

/// Who notifies keys that subscribe, which says how their addresses are written: snomd and FreeSWITCH, or Asterisk
/// (control::key_extension_uri()).
enum class Notifier { snom, asterisk };

struct ProvisioningOptions {
  std::string model;                  ///< of phones of which neither the layout nor `models` says it; may be empty
  KeyType keys = KeyType::automatic;  ///< of phones whose type the layout does not say
  int modules = 0;                    ///< as `keys`
  Notifier notifier = Notifier::snom;
  std::map<std::string, std::string> models;  ///< what else is known of models, by phone
  /// What a key of type url or xml asks for when it is pressed, "http://...", by phone and key.
  std::map<std::string, std::map<std::string, std::string>> presses;
};

/// "1000@example.com.xml": a name that names no folder and no other phone's file, whatever the phone is called.
[[nodiscard]] std::string settings_file_name(std::string_view phone);

/// One phone's file.
struct SettingsFile {
  std::string phone;  ///< "1000@example.com"
  std::string name;   ///< "1000@example.com.xml", or with a MAC "000413AABBCC.xml"
  std::string text;
  std::size_t keys = 0;
};

/// Phones of whose model neither the layout nor `options` says anything.
[[nodiscard]] std::vector<std::string> phones_without_model(const WholeLayout& layout,
                                                            const ProvisioningOptions& options);

/// The files of all phones, in the order of their names; always the same for the same layout. With anything wrong,
/// nothing is made, and what is wrong is told (the first twenty), as parse_layout() tells it. `name`: of the layout.
[[nodiscard]] tl::expected<std::vector<SettingsFile>, std::vector<std::string>> make_settings_files(
    const WholeLayout& layout, const ProvisioningOptions& options, const std::string& name);

}  // namespace snom::layout
