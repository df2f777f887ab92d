#include "registration/directory.h"

#include <algorithm>
#include <utility>

namespace snom::registration {

bool means_any(std::string_view typed) { return typed.empty() || typed == "*"; }

std::vector<Directory::Query> Directory::names() const {
  std::vector<Query> names;
  for (const auto& registration : all()) {
    Query name{registration->profile, registration->user, registration->domain};
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

std::optional<Directory::Query> query_of(std::string_view address_of_record) {
  const auto at = address_of_record.rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  const auto user = address_of_record.substr(0, at);
  const auto domain = address_of_record.substr(at + 1);
  if (means_any(user) || means_any(domain)) return std::nullopt;
  return Directory::Query{"", std::string(user), std::string(domain)};
}

std::vector<RegistrationPointer> contacts_of(const Directory& directory, std::string_view address_of_record) {
  const auto query = query_of(address_of_record);
  if (!query) return {};
  auto found = directory.find(*query);
  return found ? std::move(*found) : std::vector<RegistrationPointer>{};
}

}  // namespace snom::registration
