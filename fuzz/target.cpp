#include "target.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "language/text.h"

namespace snom::fuzz {

void broken(std::string_view promise) {
  std::cerr << "fuzz: not kept: " << promise << std::endl;
  std::abort();
}

void must_be_one_line(std::string_view message) {
  must(language::is_utf8(message), "a message for people is UTF-8");
  must(!language::has_control_character(message), "a message for people has no control characters");
}

std::string_view take_line(std::string_view& input) {
  const std::string_view line = input.substr(0, input.find('\n'));
  input.remove_prefix(std::min(line.size() + 1, input.size()));
  return line;
}

unsigned take_byte(std::string_view& input) {
  if (input.empty()) return 0;
  const auto byte = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  return byte;
}

}  // namespace snom::fuzz
