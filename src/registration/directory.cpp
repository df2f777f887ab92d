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

}  // namespace snom::registration
