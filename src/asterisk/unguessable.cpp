#include "asterisk/unguessable.h"

#include <random>

#include <fmt/format.h>

namespace snom::asterisk {

std::string unguessable_hex() {
  std::random_device random;
  std::string text;
  for (int i = 0; i < 4; ++i) text += fmt::format("{:08x}", random());
  return text;
}

std::string unguessable_digits(std::size_t count) {
  std::random_device random;
  std::uniform_int_distribution<int> digit(0, 9);
  std::string text;
  while (text.size() < count) text += static_cast<char>('0' + digit(random));
  return text;
}

}  // namespace snom::asterisk
