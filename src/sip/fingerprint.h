#pragma once

#include <array>

namespace snom::sip {

/// SHA-256 of all that a request says.
using Fingerprint = std::array<unsigned char, 32>;

}  // namespace snom::sip
