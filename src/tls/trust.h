#pragma once

#include <memory>
#include <optional>
#include <string>

#include <openssl/types.h>
#include <tl/expected.hpp>

#include "tls/identity.h"

namespace snom::tls {

/// A TLS 1.2 and 1.3 client, for connections that never block, which goes on with nobody whose certificate the
/// authorities in `authorities` (PEM; empty: the system's store) did not issue. Whom the certificate is for, is looked
/// at by is_for(). `identity`: what it shows of itself when it is asked. The error says what is wrong with which.
[[nodiscard]] tl::expected<std::shared_ptr<SSL_CTX>, std::string> make_client_context(
    const std::string& authorities, const std::optional<Identity>& identity);

/// Has a server go on with nobody who shows no certificate that these authorities (PEM, not empty) issued.
[[nodiscard]] tl::expected<void, std::string> want_client_certificates(SSL_CTX* server, const std::string& authorities);

}  // namespace snom::tls
