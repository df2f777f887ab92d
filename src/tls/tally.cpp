#include "tls/tally.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace snom::tls {
namespace {

/// Whether one end said that the other's certificate is none that it takes, or that one was wanted.
bool is_about_certificates(unsigned long error) {
  switch (ERR_GET_REASON(error)) {
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string_view to_string(NoTls why) {
  static constexpr std::array<std::string_view, Tally::reasons> names = {"too_many",  "late",   "certificate",
                                                                         "handshake", "closed", "unreachable"};
  return names.at(static_cast<std::size_t>(why));
}

NoTls why_no_tls(int kind, unsigned long error) {
  if (kind != SSL_ERROR_SSL || error == 0 || ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return NoTls::closed;
  }
  return is_about_certificates(error) ? NoTls::certificate : NoTls::handshake;
}

}  // namespace snom::tls
