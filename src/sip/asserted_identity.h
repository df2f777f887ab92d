#pragma once

#include <string>

#include <tl/expected.hpp>

#include "sip/nta_glue.h"
#include "sip/proxy_trust.h"

namespace snom::sip {

/// A user at a host, as a URI names them; percent-decoded.
struct NamedUser {
  std::string user;
  std::string host;
  bool operator==(const NamedUser&) const = default;
};

/// Who sent a request that a trusted proxy passed on. RFC 3325 section 9.1: the SIP URI of P-Asserted-Identity, of
/// which there is one, with a tel URI beside it or not. The error says why nobody is named. Pure.
[[nodiscard]] tl::expected<NamedUser, std::string> sender_by_proxy(const sip_t* request, ProxyTrust::Identity identity);

}  // namespace snom::sip
