#pragma once

#include <optional>
#include <string>

#include "http/server.h"

namespace snom::snomd {

/// What plain HTTP answers to who is on another machine, where there is https: a page is led there, a token that came
/// in the clear is not looked at and led nowhere, and what needs none is answered as ever. Pure.
class HttpsOnly final {
 public:
  /// `https`: the address that https is bound to, "192.0.2.3:8443".
  explicit HttpsOnly(const std::string& https);

  /// Nothing: it is answered as ever. `needs_token`: whether what is asked for is for somebody.
  [[nodiscard]] std::optional<http::Response> refusal(const http::Request& request, bool needs_token) const;

 private:
  std::string port_;
};

}  // namespace snom::snomd
