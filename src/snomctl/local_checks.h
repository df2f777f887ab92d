#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "snomctl/diagnosis.h"

/// What this machine can see of why nothing lights. Each has a limit of a few seconds.
namespace snom::snomctl {

/// Whether the clock is kept right, by the kernel's word.
[[nodiscard]] Finding check_clock();
/// Whether names of domains can be looked up; addresses need not. Nothing for none.
[[nodiscard]] std::vector<Finding> check_names(const std::vector<std::string>& domains);
/// Whether there is room for the file of keys. Nothing when it is not on this machine.
[[nodiscard]] std::vector<Finding> check_room(const std::string& store);
/// Whether phones' pages can be connected to, of the first few of `page` (GET /v1/phones with a limit).
[[nodiscard]] std::vector<Finding> check_pages(const nlohmann::json& page);

}  // namespace snom::snomctl
