#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "access/role.h"
#include "snomd/api_core.h"
#include "snomd/entity_tag.h"

/// What the resources that show keys and those that change them have in common.
namespace snom::snomd {

/// `role`: of who sees it; who may not operate is not told what presses a listed phone's key. Loop's thread.
[[nodiscard]] nlohmann::json button_json(const ApiContext& context, const std::string& phone,
                                         const control::CommandService::KeyStatus& key, access::Role role);
/// nullopt: it is not set. Loop's thread.
[[nodiscard]] std::optional<nlohmann::json> one_button(const ApiContext& context, const std::string& phone,
                                                       const std::string& key, access::Role role);
/// Of all keys of a phone. Loop's thread.
[[nodiscard]] std::string tag_of_keys(const ApiContext& context, const std::string& phone);
[[nodiscard]] http::Response with_tag(http::Response answer, const std::string& tag);

/// PUT, PATCH and DELETE of one key and of all of a phone.
void add_key_changes(Router& router, ApiCore& core);

}  // namespace snom::snomd
