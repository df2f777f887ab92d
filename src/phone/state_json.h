#pragma once

#include <string>
#include <string_view>

#include "phone/virtual_phone.h"

namespace snom::phone {

/// What `GET /state.json` answers (docs/phones.md). Settings whose name holds "pass" are left out.
[[nodiscard]] std::string state_json(const VirtualPhone& phone);

/// The same and what a drawing of the phone needs: what `GET /v1/phones/<user>` of the page answers (docs/phones.md).
[[nodiscard]] std::string page_state_json(const VirtualPhone& phone);

/// Whether a setting's value may be a password, so that it is shown nowhere.
[[nodiscard]] bool is_secret_setting(std::string_view name);

}  // namespace snom::phone
