#include "phone/model.h"

#include <utility>

namespace snom::phone {

bool Model::takes_xml_by_default() const { return !identity.firmware.empty() && identity.firmware[0] >= 10; }

bool Model::has_xml_definitions() const { return language::has_xml_definitions(identity); }

bool Model::redirects_after_dialling() const {
  const auto& version = identity.firmware;
  if (version.empty()) return false;
  return version[0] > 8 || (version[0] == 8 && version.size() > 1 && version[1] >= 7);
}

bool Model::is_first_generation() const { return traits->family == "1xx" || traits->family == "2xx"; }

Model model_by_name(std::string_view name) {
  Model model;
  if (name.find('/') != std::string_view::npos) {
    model.user_agent = name;
  } else {
    if (name.size() > 4 && (name.substr(0, 4) == "snom" || name.substr(0, 4) == "Snom")) name.remove_prefix(4);
    std::string plain(name);
    if (!plain.empty() && plain.front() == 'd') plain.front() = 'D';
    model.user_agent = "snom" + plain + "/" + std::string(language::traits_of(plain).firmware);
  }
  const bool named =
      name.find_first_of("0123456789") != std::string_view::npos || name.find('/') != std::string_view::npos;
  if (auto identity = language::parse_user_agent(model.user_agent); identity && named)
    model.identity = std::move(*identity);
  model.traits = &language::traits_of(model.identity);
  model.function_keys = model.traits->function_keys;
  return model;
}

}  // namespace snom::phone
