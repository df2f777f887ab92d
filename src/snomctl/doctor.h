#pragma once

#include <string>

#include "snomctl/client.h"
#include "snomctl/local_server.h"

namespace snom::snomctl {

/// `snomctl doctor`: what a person should look at when nothing lights, printed in plain words. Asks snomd, and this
/// machine for what it can see: the clock, names, the disk, phones' pages. Exit status: 0 nothing to look at, 1
/// something, 2 snomd is not reached or refuses.
int doctor(const Client& client, const LocalServer& local);

}  // namespace snom::snomctl
