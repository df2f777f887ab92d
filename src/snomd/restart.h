#pragma once

#include <string_view>
#include <vector>

#include "snomd/config.h"

namespace snom::snomd {

/// What SIGHUP does not heed: the settings that `read` has otherwise than `running`, the configuration that snomd was
/// started with, as the file names them: "[limits] answer_timeout_ms". Empty: all that changed is heeded.
[[nodiscard]] std::vector<std::string_view> settings_that_need_a_restart(const Config& running, const Config& read);

}  // namespace snom::snomd
