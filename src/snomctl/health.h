#pragma once

#include "snomctl/client.h"

namespace snom::snomctl {

/// Says how snomd is: "ready", or why it takes no commands. The exit status: 0 ready, 1 there but not ready, 2 not
/// reached.
int health(const Client& client, bool as_json);

}  // namespace snom::snomctl
