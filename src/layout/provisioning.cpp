#include "layout/provisioning.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "control/commands/redact.h"
#include "control/keys/key_address.h"
#include "language/phone_settings.h"
#include "language/refused.h"
#include "language/text.h"
#include "language/xml_definition.h"

namespace snom::layout {
namespace {

using language::FunctionKeySetting;
using language::in_quotes;
using language::in_quotes_to_its_blank;
using language::ModelTraits;

constexpr std::size_t most_errors = 20;
constexpr std::string_view own_keys = "P";
constexpr std::string_view module_keys = "EK";

std::optional<int> number_of(std::string_view text) {
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number =
      !text.empty() && text.front() != '-' && read.ec == std::errc{} && read.ptr == text.data() + text.size();
  return is_number ? std::optional(number) : std::nullopt;
}

/// What keys a model has, for an error: "P1 to P12, and EK0 to EK17".
std::string shown_places(const ModelTraits& traits, int modules) {
  auto text = fmt::format("P1 to P{}", traits.function_keys);
  if (modules > 0) text += fmt::format(", and EK0 to EK{}", traits.expansion_keys * modules - 1);
  return text;
}

/// Makes one phone's file.
class PhoneFile {
 public:
  PhoneFile(const std::string& phone, const PhoneKind& kind, const ProvisioningOptions& options,
            std::vector<std::string>& errors, const std::string& layout)
      : phone_(phone), kind_(kind), options_(options), errors_(errors), layout_(layout) {}

  std::optional<SettingsFile> make(const PhoneKeys& keys) {
    const int line = kind_.line != 0 ? kind_.line : keys.begin()->second.line;
    if (!find_model(line) || !check_modules(line)) return std::nullopt;
    const auto before = errors_.size();
    language::PhoneSettings settings;
    std::map<int, std::string> taken;
    for (const auto& [name, key] : keys) {
      auto setting = make_key(name, key);
      if (!setting) continue;
      const auto [other, is_free] = taken.emplace(setting->index, name);
      if (!is_free) {
        complain(key.line, fmt::format("place: key {} of {} is where its key {} is", name, phone_, other->second));
        continue;
      }
      settings.keys.push_back(std::move(*setting));
    }
    if (errors_.size() != before) return std::nullopt;
    std::sort(settings.keys.begin(), settings.keys.end(),
              [](const auto& one, const auto& other) { return one.index < other.index; });
    return SettingsFile{phone_, kind_.mac.empty() ? settings_file_name(phone_) : kind_.mac + ".xml",
                        write_phone_settings(settings), settings.keys.size()};
  }

 private:
  void complain(int line, const std::string& what) {
    errors_.push_back(fmt::format("{}:{}: {}", layout_, line, language::printable(what)));
  }

  bool find_model(int line) {
    std::string model = kind_.model;
    if (const auto known = options_.models.find(phone_); model.empty() && known != options_.models.end()) {
      model = known->second;
    }
    if (model.empty()) model = options_.model;
    if (model.empty()) {
      complain(line, fmt::format("model: nobody says which Snom {} is (expected model = \"D862\" or such)", phone_));
      return false;
    }
    traits_ = &language::traits_of(model);
    if (traits_->name == "*") {
      complain(line, fmt::format("model: {} is {}, which the table of models has not", phone_,
                                 in_quotes_to_its_blank(model)));
      return false;
    }
    model_ = model;
    type_ = kind_.keys.value_or(options_.keys);
    if (type_ == KeyType::automatic) type_ = usual_key_type(*traits_);
    return true;
  }

  bool check_modules(int line) {
    modules_ = kind_.modules.value_or(options_.modules);
    if (modules_ == 0) return true;
    if (traits_->expansion_keys == 0) {
      complain(line, fmt::format("modules: how many keys an expansion module of a {} has is not known", model_));
      return false;
    }
    if (modules_ <= traits_->expansion_modules) return true;
    complain(line, fmt::format("modules: a {} takes {} of them at most, not {}", model_, traits_->expansion_modules,
                               modules_));
    return false;
  }

  std::optional<FunctionKeySetting> make_key(const std::string& name, const LayoutKey& key) {
    FunctionKeySetting setting;
    const auto number = number_of(name);
    if (key.place.empty() && !number) {
      complain(key.line, fmt::format("place: where key {} of {} is cannot be known (expected place = \"P3\" or such)",
                                     in_quotes(control::action_without_password(name)), phone_));
      return std::nullopt;
    }
    // Key 13 of a phone with twelve keys of its own is the first one of its module.
    const auto index = key.place.empty() ? index_of_number(*number) : index_of_place(key.place, *traits_, modules_);
    if (!index) {
      complain(key.line, fmt::format("{}: {} is not on {}, a {} with {} (it has {})",
                                     key.place.empty() ? "key" : "place", key.place.empty() ? name : key.place, phone_,
                                     model_, modules_ == 1 ? "1 module" : fmt::format("{} modules", modules_),
                                     shown_places(*traits_, modules_)));
      return std::nullopt;
    }
    setting.index = *index;
    setting.label = key.button.label;
    if (!set_type(name, key, setting)) return std::nullopt;
    return setting;
  }

  [[nodiscard]] std::optional<int> index_of_number(int number) const {
    const int all = traits_->function_keys + traits_->expansion_keys * modules_;
    return number >= 1 && number <= all ? std::optional(number - 1) : std::nullopt;
  }

  bool set_type(const std::string& name, const LayoutKey& key, FunctionKeySetting& setting) {
    const control::KeyAddress address{phone_.substr(0, phone_.find('@')), name};
    switch (type_) {
      case KeyType::blf:
        return set_address(address, key, setting);
      case KeyType::url:
        return set_url(name, key, setting);
      case KeyType::xml:
        return set_definition(address, key, setting);
      case KeyType::automatic:
      case KeyType::button:
        break;
    }
    setting.type = "button";
    setting.argument = name;
    return true;
  }

  bool set_address(const control::KeyAddress& address, const LayoutKey& key, FunctionKeySetting& setting) {
    const auto domain = phone_.substr(phone_.find('@') + 1);
    const bool is_asterisk = options_.notifier == Notifier::asterisk;
    if (is_asterisk && control::write_key_extension(address).size() >= control::too_long_an_extension) {
      complain(key.line,
               fmt::format("key: the address of key {} of {} has {} characters or more, and Asterisk cuts it there",
                           in_quotes(control::action_without_password(address.key)), phone_,
                           control::too_long_an_extension));
      return false;
    }
    setting.type = "blf";
    setting.argument = fmt::format(
        "<{}>", is_asterisk ? control::key_extension_uri(address, domain) : control::key_uri(address, domain));
    return true;
  }

  bool set_definition(const control::KeyAddress& address, const LayoutKey& key, FunctionKeySetting& setting) {
    if (!language::has_xml_definitions(*traits_)) {
      complain(key.line, fmt::format("keys: a {} has no XML definitions (firmware 8.7.3 and later has)", model_));
      return false;
    }
    if (options_.notifier == Notifier::asterisk) {
      complain(key.line, "keys: Asterisk tells an XML definition no more than a BLF key (expected blf)");
      return false;
    }
    language::KeyOfServer made{control::key_uri(address, phone_.substr(phone_.find('@') + 1)), key.button.label, {}};
    const auto phone = options_.presses.find(phone_);
    if (phone != options_.presses.end() && phone->second.contains(address.key)) {
      made.press = phone->second.at(address.key);
    }
    setting.type = "xml";
    setting.argument = language::write_xml_definition(made);
    return true;
  }

  bool set_url(const std::string& name, const LayoutKey& key, FunctionKeySetting& setting) {
    const auto phone = options_.presses.find(phone_);
    if (phone != options_.presses.end()) {
      if (const auto found = phone->second.find(name); found != phone->second.end()) {
        setting.type = "url";
        setting.argument = found->second;
        return true;
      }
    }
    complain(key.line, fmt::format("keys: what key {} of {} asks for when it is pressed is not known (snomd says it of "
                                   "listed phones whose key is set: apply the layout first)",
                                   name, phone_));
    return false;
  }

  const std::string& phone_;
  const PhoneKind& kind_;
  const ProvisioningOptions& options_;
  std::vector<std::string>& errors_;
  const std::string& layout_;
  const ModelTraits* traits_ = nullptr;
  std::string model_;
  KeyType type_ = KeyType::button;
  int modules_ = 0;
};

const PhoneKind& kind_of(const WholeLayout& layout, const std::string& phone) {
  static const PhoneKind none;
  const auto found = layout.phones.find(phone);
  return found == layout.phones.end() ? none : found->second;
}

}  // namespace

std::string settings_file_name(std::string_view phone) {
  std::string name;
  for (const char c : phone) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '@' ||
                       c == '-' || c == '_' || (c == '.' && !name.empty());
    name += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return name + ".xml";
}

KeyType usual_key_type(const ModelTraits& traits) {
  return traits.takes_buttons.value_or(false) ? KeyType::button : KeyType::blf;
}

std::optional<int> index_of_place(std::string_view place, const ModelTraits& traits, int modules) {
  if (place.starts_with(module_keys)) {
    const auto number = number_of(place.substr(module_keys.size()));
    if (!number || *number >= traits.expansion_keys * modules) return std::nullopt;
    return traits.function_keys + *number;
  }
  if (!place.starts_with(own_keys)) return std::nullopt;
  const auto number = number_of(place.substr(own_keys.size()));
  if (!number || *number < 1 || *number > traits.function_keys) return std::nullopt;
  return *number - 1;
}

std::vector<std::string> phones_without_model(const WholeLayout& layout, const ProvisioningOptions& options) {
  std::vector<std::string> phones;
  for (const auto& [phone, keys] : layout.keys) {
    if (!kind_of(layout, phone).model.empty() || options.models.contains(phone) || !options.model.empty()) continue;
    phones.push_back(phone);
  }
  return phones;
}

tl::expected<std::vector<SettingsFile>, std::vector<std::string>> make_settings_files(
    const WholeLayout& layout, const ProvisioningOptions& options, const std::string& name) {
  std::vector<SettingsFile> files;
  std::vector<std::string> errors;
  std::map<std::string, std::string> phone_of_file;
  for (const auto& [phone, keys] : layout.keys) {
    if (keys.empty()) continue;
    const auto& kind = kind_of(layout, phone);
    auto file = PhoneFile(phone, kind, options, errors, name).make(keys);
    if (!file) continue;
    const auto [other, is_new] = phone_of_file.emplace(file->name, phone);
    if (!is_new) {
      errors.push_back(fmt::format("{}:{}: mac: {} has that of {}", name, kind.line, phone, other->second));
    }
    files.push_back(std::move(*file));
  }
  if (errors.size() > most_errors) {
    const auto more = errors.size() - most_errors;
    errors.resize(most_errors);
    errors.push_back(fmt::format("{}: and {} more", name, more));
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  std::sort(files.begin(), files.end(), [](const auto& one, const auto& other) { return one.name < other.name; });
  return files;
}

}  // namespace snom::layout
