#pragma once

#include <chrono>
#include <stdexcept>
#include <string>

#include "tls/identity.h"

namespace snom::tls::testing {

/// A phone's own certificate for 127.0.0.1, valid now unless `from` and `to` say otherwise (relative to now).
inline Identity certificate_for(const std::string& name = "127.0.0.1", std::chrono::hours from = std::chrono::hours(-1),
                                std::chrono::hours to = std::chrono::hours(24)) {
  const auto now = std::chrono::system_clock::now();
  auto made = make_self_signed({"phone", {name}, now + from, now + to});
  if (!made) throw std::runtime_error(made.error());
  return *made;
}

inline Identity expired_certificate() {
  return certificate_for("127.0.0.1", std::chrono::hours(-48), std::chrono::hours(-24));
}

}  // namespace snom::tls::testing
