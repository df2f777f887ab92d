#include "http/curl_text.h"

#include <cerrno>

#include <fmt/format.h>

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

std::string certificate_error(std::string_view detail) {
  for (const std::string_view prefix : {"SSL certificate problem: ", "SSL: "}) {
    if (detail.starts_with(prefix)) detail.remove_prefix(prefix.size());
  }
  return detail.empty() ? "TLS certificate not trusted" : fmt::format("TLS certificate not trusted: {}", detail);
}

}  // namespace

std::string transfer_error(CURLcode code, long system_error, std::string_view detail) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      return connect_error(system_error);
    case CURLE_COULDNT_RESOLVE_HOST:
      return "no address is known for this host name";
    case CURLE_PEER_FAILED_VERIFICATION:
      return certificate_error(detail);
    case CURLE_SSL_CONNECT_ERROR:
      return "TLS handshake failed (is it an https port?)";
    case CURLE_SSL_CACERT_BADFILE:
      return "the system's certificate store cannot be read";
    case CURLE_TOO_MANY_REDIRECTS:
      return "too many redirects";
    case CURLE_UNSUPPORTED_PROTOCOL:
      // curl has one code for a version of HTTP and for a kind of URL that it does not take.
      return detail.find("HTTP") != std::string_view::npos ? "what came back is no HTTP/1.1"
                                                           : "redirected to an address that is neither http nor https";
    case CURLE_LOGIN_DENIED:
      return "redirected to an address with a user name in it";
    case CURLE_URL_MALFORMAT:
      return "redirected to something that is no address";
    case CURLE_GOT_NOTHING:
      return "connection closed without an answer";
    case CURLE_PARTIAL_FILE:
      return "connection closed in the middle of the answer";
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return "connection broken";
    case CURLE_WEIRD_SERVER_REPLY:
      return "what came back is no HTTP/1.1";
    case CURLE_OUT_OF_MEMORY:
      return "out of memory";
    default:
      return curl_easy_strerror(code);
  }
}

std::string duration_text(std::chrono::milliseconds duration) {
  if (duration.count() % 1000 == 0) return fmt::format("{} s", duration.count() / 1000);
  return fmt::format("{} ms", duration.count());
}

}  // namespace snom::http
