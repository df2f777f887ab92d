#pragma once

#include <string>

#include <tl/expected.hpp>

#include "snomd/config.h"

/// What of a configuration that was read would keep snomd from starting.
namespace snom::snomd {

/// Two listeners at one address of one transport, of which the second could not be bound: "[provisioning] listen:
/// 127.0.0.1:8080 is listened at by [http] listen already (...)". Port 0 is another one each time. A name and its
/// address, or all addresses of the host and one of them, are not held against each other. Pure.
[[nodiscard]] tl::expected<void, std::string> check_listeners(const Config& config);

/// That, and the files which a start reads: of tokens, pins and keys, and the audit log. In the words of a start, as
/// far as that is known without binding, making or changing anything.
[[nodiscard]] tl::expected<void, std::string> check_start(const Config& config);

}  // namespace snom::snomd
