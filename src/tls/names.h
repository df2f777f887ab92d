#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <openssl/types.h>

namespace snom::tls {

/// The SIP domains and addresses that a certificate is for (RFC 5922 section 7.1): the hosts of `sip:` URIs among its
/// subject alternative names; where there are none its DNS names; where it has no alternative names at all its common
/// name. IP addresses beside those. In small letters. Any thread.
[[nodiscard]] std::vector<std::string> names_of(const X509* certificate);

/// RFC 5922 section 7.2: the whole name, whatever the case; `*` stands for nothing. `name` is a host name or an IP
/// address without brackets.
[[nodiscard]] bool is_for(const X509* certificate, std::string_view name);

}  // namespace snom::tls
