#include "http/response_head.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace snom::http {
namespace {

struct Reason {
  int status;
  std::string_view phrase;
};

/// RFC 9110 section 15, RFC 4918 section 11.1, RFC 6585.
constexpr std::array reasons{
    Reason{100, "Continue"},
    Reason{200, "OK"},
    Reason{201, "Created"},
    Reason{202, "Accepted"},
    Reason{204, "No Content"},
    Reason{207, "Multi-Status"},
    Reason{301, "Moved Permanently"},
    Reason{302, "Found"},
    Reason{303, "See Other"},
    Reason{304, "Not Modified"},
    Reason{307, "Temporary Redirect"},
    Reason{308, "Permanent Redirect"},
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{406, "Not Acceptable"},
    Reason{408, "Request Timeout"},
    Reason{409, "Conflict"},
    Reason{411, "Length Required"},
    Reason{412, "Precondition Failed"},
    Reason{413, "Content Too Large"},
    Reason{415, "Unsupported Media Type"},
    Reason{421, "Misdirected Request"},
    Reason{429, "Too Many Requests"},
    Reason{431, "Request Header Fields Too Large"},
    Reason{500, "Internal Server Error"},
    Reason{501, "Not Implemented"},
    Reason{502, "Bad Gateway"},
    Reason{503, "Service Unavailable"},
    Reason{504, "Gateway Timeout"},
};

bool same_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

void append_number(std::string& text, std::size_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append(digits.data(), end);
}

void append_header(std::string& head, std::string_view name, std::string_view value) {
  const auto append_on_one_line = [&head](std::string_view text) {
    const auto start = head.size();
    head += text;
    std::replace_if(
        head.begin() + static_cast<std::ptrdiff_t>(start), head.end(),
        [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  };
  append_on_one_line(name);
  head += ": ";
  append_on_one_line(value);
  head += "\r\n";
}

}  // namespace

std::string_view reason_phrase(int status) {
  const auto found = std::ranges::find(reasons, status, &Reason::status);
  return found == reasons.end() ? "Unknown" : found->phrase;
}

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

bool asks_to_close(const Response& response) {
  return std::ranges::any_of(response.headers, [](const auto& header) {
    return same_ignoring_case(header.first, "connection") && same_ignoring_case(header.second, "close");
  });
}

std::string response_head(const Response& response, const Framing& framing, std::string_view date) {
  std::string head;
  head.reserve(256);
  head += "HTTP/1.1 ";
  append_number(head, static_cast<std::size_t>(std::clamp(response.status, 100, 999)));
  head += ' ';
  head += reason_phrase(response.status);
  head += "\r\n";
  append_header(head, "Date", date);
  if (may_have_body(response.status)) {
    if (!response.content_type.empty()) append_header(head, "Content-Type", response.content_type);
    if (framing.chunked) {
      head += "Transfer-Encoding: chunked\r\n";
    } else if (framing.body_length) {
      head += "Content-Length: ";
      append_number(head, *framing.body_length);
      head += "\r\n";
    }
  }
  for (const auto& [name, value] : response.headers) {
    if (!same_ignoring_case(name, "connection")) append_header(head, name, value);
  }
  if (!framing.keep_alive) {
    head += "Connection: close\r\n";
  } else if (framing.http_1_0) {
    head += "Connection: keep-alive\r\n";
  }
  head += "\r\n";
  return head;
}

}  // namespace snom::http
