#pragma once

#include <string>

#include "phone/virtual_phone.h"

namespace snom::phone {

/// What `GET /state.json` answers (docs/phones.md). Settings whose name holds "pass" are left out.
[[nodiscard]] std::string state_json(const VirtualPhone& phone);

}  // namespace snom::phone
