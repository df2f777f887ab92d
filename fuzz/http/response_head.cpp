#include "http/response_head.h"

#include "targets.h"

namespace snom::fuzz {
namespace {

std::size_t lines_of(std::string_view head) {
  std::size_t count = 0;
  for (const char c : head) count += c == '\n' ? 1 : 0;
  return count;
}

}  // namespace

/// Lines: the content type, then a name and a value in turn, whatever else than a line feed is in them; in one round
/// the line feeds stay.
void response_head(std::string_view input) {
  const unsigned wishes = take_byte(input);
  http::Response response;
  response.status = static_cast<int>(take_byte(input)) * 4;
  const std::string_view whole = input;
  response.content_type = take_line(input);
  for (int i = 0; i < 8 && !input.empty(); ++i) {
    const std::string name(take_line(input));
    response.headers.emplace_back(name, i == 7 ? whole : take_line(input));
  }
  http::Framing framing;
  framing.http_1_0 = (wishes & 1U) != 0;
  framing.keep_alive = (wishes & 2U) != 0;
  framing.chunked = (wishes & 4U) != 0;
  if ((wishes & 8U) != 0) framing.body_length = std::nullopt;
  const std::string head = http::response_head(response, framing, "Sun, 06 Nov 1994 08:49:37 GMT");
  must(head.starts_with("HTTP/1.1 "), "a head begins with the status line");
  must(head.find("\r\n\r\n") == head.size() - 4, "a head ends with its first empty line");
  must(lines_of(head) <= 6 + response.headers.size(), "no value makes a line of its own");
  must(head.find('\0') == std::string::npos, "a head has no NUL");
}

}  // namespace snom::fuzz
