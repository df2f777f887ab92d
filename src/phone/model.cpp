#include "phone/model.h"

#include <array>
#include <cctype>
#include <utility>

namespace snom::phone {

namespace {

using Firmware = std::pair<std::string_view, std::string_view>;

/// Last firmware line of each older model; D-models have 10.1.
constexpr std::array<Firmware, 10> last_firmware{{
    {"190", "3.60x"},
    {"200", "3.60x"},
    {"300", "8.7.5.35"},
    {"320", "8.7.5.35"},
    {"360", "8.7.5.35"},
    {"370", "8.7.5.35"},
    {"820", "8.7.5.35"},
    {"821", "8.9.3.60"},
    {"870", "8.9.3.60"},
    {"MP", "8.7.5.35"},
}};

std::string_view firmware_of(std::string_view model) {
  if (!model.empty() && model.front() == 'D') return "10.1.226.13";
  for (const auto& [name, firmware] : last_firmware) {
    if (name == model) return firmware;
  }
  return "8.9.3.60";
}

}  // namespace

bool Model::has_remote_control() const { return !identity.name.starts_with("D8"); }

bool Model::redirects_after_dialling() const {
  const auto& version = identity.firmware;
  if (version.empty()) return false;
  return version[0] > 8 || (version[0] == 8 && version.size() > 1 && version[1] >= 7);
}

bool Model::is_first_generation() const {
  const std::string& name = identity.name;
  return name.size() == 3 && (name[0] == '1' || name[0] == '2');
}

Model model_by_name(std::string_view name) {
  Model model;
  if (name.find('/') != std::string_view::npos) {
    model.user_agent = name;
  } else {
    if (name.size() > 4 && (name.substr(0, 4) == "snom" || name.substr(0, 4) == "Snom")) name.remove_prefix(4);
    std::string plain(name);
    if (!plain.empty() && plain.front() == 'd') plain.front() = 'D';
    model.user_agent = "snom" + plain + "/" + std::string(firmware_of(plain));
  }
  if (auto identity = language::parse_user_agent(model.user_agent)) model.identity = std::move(*identity);
  model.function_keys = language::function_key_count(model.identity.name);
  return model;
}

}  // namespace snom::phone
