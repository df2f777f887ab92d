#include "http/page_files.h"

#include <algorithm>
#include <string>

namespace snom::http {
namespace {

constexpr std::string_view policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

/// If-None-Match: "*" or a list of tags, compared weakly (RFC 9110 section 13.1.2).
bool is_known(std::string_view header, std::string_view etag) {
  while (!header.empty()) {
    const auto comma = header.find(',');
    auto tag = header.substr(0, comma);
    header = comma == std::string_view::npos ? std::string_view() : header.substr(comma + 1);
    while (tag.starts_with(' ') || tag.starts_with('\t')) tag.remove_prefix(1);
    while (tag.ends_with(' ') || tag.ends_with('\t')) tag.remove_suffix(1);
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == "*" || tag == etag) return true;
  }
  return false;
}

}  // namespace

const PageFile* find_file(std::span<const PageFile> files, std::string_view name) {
  const auto found = std::find_if(files.begin(), files.end(), [name](const PageFile& f) { return f.name == name; });
  return found == files.end() ? nullptr : &*found;
}

Response file_response(const PageFile& file, const Request& request) {
  Response response;
  response.content_type = file.type;
  // Asked again each time, so that no file of an older page is used beside one of a newer.
  response.headers = {{"ETag", std::string(file.etag)},
                      {"Cache-Control", "no-cache"},
                      {"Content-Security-Policy", std::string(policy)},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"},
                      {"Cross-Origin-Opener-Policy", "same-origin"},
                      {"Cross-Origin-Resource-Policy", "same-origin"}};
  if (is_known(request.header("if-none-match"), file.etag)) {
    response.status = 304;
  } else {
    response.body = file.bytes;
  }
  return response;
}

}  // namespace snom::http
