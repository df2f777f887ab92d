#include "snomd/command_text.h"

#include <algorithm>

namespace snom::snomd {

tl::expected<std::string, std::string> command_line_of(std::string_view body) {
  const auto line = body.substr(0, body.find_last_not_of("\r\n") + 1);
  if (line.find('\n') == std::string_view::npos) return std::string(line);
  return tl::unexpected(std::string("one command line a request, please"));
}

std::vector<std::string> lines_of(std::string_view reply) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin <= reply.size();) {
    const auto end = std::min(reply.find('\n', begin), reply.size());
    lines.emplace_back(reply.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

bool is_all_ok(std::string_view reply) {
  return reply.starts_with("+OK") && reply.find("\n-ERR") == std::string_view::npos;
}

}  // namespace snom::snomd
