#pragma once

#include <string>

#include "snomctl/client.h"

namespace snom::snomctl {

/// Which phones are looked for; what is empty leaves none out.
struct PhoneFilter {
  std::string search;
  std::string state;  ///< several with commas, as models
  std::string model;
  [[nodiscard]] bool empty() const { return search.empty() && state.empty() && model.empty(); }
};

/// The phones that snomd finds, of all its pages: {"phones": [...]}. The error is for a person.
[[nodiscard]] tl::expected<nlohmann::json, Client::Failure> find_phones(const Client& client,
                                                                        const PhoneFilter& filter);

}  // namespace snom::snomctl
