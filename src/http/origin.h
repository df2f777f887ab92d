#pragma once

#include <string>

#include <tl/expected.hpp>

namespace snom::http {

/// Who answers a URL: scheme, host and port (RFC 6454). Values and pure functions; errors are for an administrator and
/// hold nothing of the URL.
struct Origin {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< in lower case; an IPv6 address in brackets
  std::string port;    ///< "80"
  [[nodiscard]] std::string text() const { return scheme + "://" + host + ":" + port; }
  [[nodiscard]] std::string host_and_port() const { return host + ":" + port; }
  bool operator==(const Origin&) const = default;
};

/// That of a URL that is to be asked: http or https, without user name and password.
[[nodiscard]] tl::expected<Origin, std::string> read_origin(const std::string& url);

/// Where an answer's Location header (RFC 9110 section 10.2.2) sends who asked for `from`: an http or https URL without
/// user name.
[[nodiscard]] tl::expected<std::string, std::string> redirected_url(const std::string& from,
                                                                    const std::string& location);

/// Whether credentials meant for `first` may go to where it redirected to: the same host only, there to the same port,
/// or from http to https (a phone whose `webserver_type` is https answers http with 307).
[[nodiscard]] bool keeps_credentials(const Origin& first, const Origin& redirected);

}  // namespace snom::http
