#pragma once

#include <optional>
#include <string>

#include <curl/curl.h>

namespace snom::http {

/// The pin of the certificate at the other end of a transfer's connection: "sha256/" and the SHA-256 of its
/// SubjectPublicKeyInfo (RFC 7469 section 2.4) in hex. nullopt when there is none, or libcurl was built without
/// OpenSSL. Client's thread, while the transfer has its connection.
[[nodiscard]] std::optional<std::string> public_key_pin(CURL* easy);

}  // namespace snom::http
