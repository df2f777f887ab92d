#include "http/curl_text.h"

#include <cerrno>

#include <fmt/format.h>
#include <openssl/x509_vfy.h>

namespace snom::http {
namespace {

std::string connect_error(long system_error) {
  switch (system_error) {
    case ECONNREFUSED:
      return "connection refused";
    case EHOSTUNREACH:
      return "no route to the host";
    case ENETUNREACH:
      return "network unreachable";
    case ETIMEDOUT:
      return "no answer to the connection attempt";
    case EACCES:
    case EPERM:
      return "connecting is forbidden on this machine (firewall?)";
    case EMFILE:
    case ENFILE:
      return "too many open files on this machine";
    default:
      return "cannot connect";
  }
}

std::string certificate_error(long verify_result, std::string_view detail) {
  constexpr std::string_view not_trusted = "TLS certificate not trusted: ";
  // curl compares the host itself, after OpenSSL was content: "... does not match target host name ..." and the like.
  if (detail.find(" match") != std::string_view::npos && detail.find(" target ") != std::string_view::npos) {
    verify_result = X509_V_ERR_HOSTNAME_MISMATCH;
  }
  switch (verify_result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format("{}it is for another host", not_trusted);
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("{}it has expired", not_trusted);
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("{}it is not valid yet", not_trusted);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return fmt::format("{}self-signed, as phones' own are (they can be pinned, or named in a CA file)", not_trusted);
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return fmt::format("{}its issuer is unknown", not_trusted);
    default:
      return fmt::format("{}{}", not_trusted, X509_verify_cert_error_string(verify_result));
  }
}

/// Phones are used for many years: what they once spoke may be refused by now.
std::string handshake_error(std::string_view detail) {
  const auto says = [detail](std::string_view words) { return detail.find(words) != std::string_view::npos; };
  if (says("unsupported protocol") || says("protocol version") || says("legacy sigalg") ||
      says("legacy renegotiation")) {
    return "TLS handshake failed: the phone's version of TLS is older than this machine takes";
  }
  if (says("key too small") || says("md too weak") || says("no shared cipher") || says("handshake failure")) {
    return "TLS handshake failed: the phone's certificate or ciphers are weaker than this machine takes";
  }
  return "TLS handshake failed (is it an https port?)";
}

}  // namespace

std::string transfer_error(CURLcode code, long system_error, long verify_result, std::string_view detail) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      return connect_error(system_error);
    case CURLE_COULDNT_RESOLVE_HOST:
      return "no address is known for this host name";
    case CURLE_PEER_FAILED_VERIFICATION:
      return certificate_error(verify_result, detail);
    case CURLE_SSL_CONNECT_ERROR:
      return handshake_error(detail);
    case CURLE_SSL_CACERT_BADFILE:
      return "the certificates to trust (CA file, or the system's) cannot be read";
    case CURLE_UNSUPPORTED_PROTOCOL:  // a version of HTTP that curl does not take: other URLs are refused before
      return "what came back is no HTTP/1.1";
    case CURLE_GOT_NOTHING:
      return "connection closed without an answer";
    case CURLE_PARTIAL_FILE:
      return "connection closed in the middle of the answer";
    case CURLE_RECV_ERROR:
      if (detail.starts_with("Too large response headers")) return "the headers of the answer are too long";
      return "connection broken";
    case CURLE_SEND_ERROR:
      return "connection broken";
    case CURLE_WEIRD_SERVER_REPLY:
      return "what came back is no HTTP/1.1";
#if LIBCURL_VERSION_NUM >= 0x080600
    case CURLE_TOO_LARGE:
      return "the headers of the answer are too long";
#endif
    case CURLE_OUT_OF_MEMORY:
      return "out of memory, or a header of the answer is too long";  // curl 7.88 has one code for both
    default:
      return curl_easy_strerror(code);
  }
}

std::string duration_text(std::chrono::milliseconds duration) {
  if (duration.count() % 1000 == 0) return fmt::format("{} s", duration.count() / 1000);
  return fmt::format("{} ms", duration.count());
}

}  // namespace snom::http
