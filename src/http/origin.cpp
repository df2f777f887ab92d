#include "http/origin.h"

#include <algorithm>
#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>

namespace snom::http {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

std::string part(const Url& url, CURLUPart which, unsigned flags = 0) {
  char* value = nullptr;
  if (curl_url_get(url.get(), which, &value, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owned(value, curl_free);
  return value;
}

bool is_web(std::string_view scheme) { return scheme == "http" || scheme == "https"; }

}  // namespace

tl::expected<Origin, std::string> read_origin(const std::string& url) {
  if (url.find('\0') != std::string::npos) return tl::unexpected(std::string("the address holds a NUL character"));
  const Url parsed(curl_url());
  switch (const CURLUcode code = curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_DISALLOW_USER)) {
    case CURLUE_OK:
      break;
    case CURLUE_UNSUPPORTED_SCHEME:
      return tl::unexpected(std::string("the address is neither http nor https"));
    case CURLUE_USER_NOT_ALLOWED:
      return tl::unexpected(std::string("the address holds a user name; give user and password apart from it"));
    default:
      return tl::unexpected(fmt::format("the address is no URL: {}", curl_url_strerror(code)));
  }
  Origin origin{part(parsed, CURLUPART_SCHEME), part(parsed, CURLUPART_HOST),
                part(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT)};
  if (!is_web(origin.scheme)) return tl::unexpected(std::string("the address is neither http nor https"));
  std::ranges::transform(origin.host, origin.host.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  // What a host is decoded to may be an address written short, which the library takes for one only when it reads it.
  if (url.find('%') != std::string::npos && origin.host.find('%') == std::string::npos) {
    const Url decoded(curl_url());
    if (curl_url_set(decoded.get(), CURLUPART_URL, (origin.text() + "/").c_str(), 0) == CURLUE_OK)
      origin.host = part(decoded, CURLUPART_HOST);
  }
  return origin;
}

tl::expected<std::string, std::string> redirected_url(const std::string& from, const std::string& location) {
  const Url url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, from.c_str(), 0) != CURLUE_OK) {
    return tl::unexpected(std::string("redirected to something that is no address"));
  }
  switch (curl_url_set(url.get(), CURLUPART_URL, location.c_str(),
                       CURLU_URLENCODE | CURLU_ALLOW_SPACE | CURLU_DISALLOW_USER)) {
    case CURLUE_OK:
      break;
    case CURLUE_UNSUPPORTED_SCHEME:
      return tl::unexpected(std::string("redirected to an address that is neither http nor https"));
    case CURLUE_USER_NOT_ALLOWED:
      return tl::unexpected(std::string("redirected to an address with a user name in it"));
    default:
      return tl::unexpected(std::string("redirected to something that is no address"));
  }
  if (!is_web(part(url, CURLUPART_SCHEME))) {
    return tl::unexpected(std::string("redirected to an address that is neither http nor https"));
  }
  // libcurl puts together what it does not read again, such as a host of a dot alone.
  auto whole = part(url, CURLUPART_URL);
  if (!read_origin(whole)) return tl::unexpected(std::string("redirected to something that is no address"));
  return whole;
}

bool keeps_credentials(const Origin& first, const Origin& redirected) {
  if (first.host != redirected.host) return false;
  if (first.scheme == redirected.scheme) return first.port == redirected.port;
  return redirected.scheme == "https";
}

}  // namespace snom::http
