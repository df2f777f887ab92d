#include "language/command_line.h"

#include "targets.h"

namespace snom::fuzz {

/// The first byte is the limit; the rest is the line, and also an argument that is to be quoted.
void command_line(std::string_view input) {
  const std::size_t limit = take_byte(input) % 16;
  const auto arguments = language::split_command_line(input, limit);
  must(arguments.size() <= limit, "no more arguments than the limit");
  std::size_t length = 0;
  for (const auto& argument : arguments) length += argument.size();
  must(length <= input.size(), "arguments are no longer than the line");
  must(limit == 0 || arguments.empty() == input.empty(), "a line has arguments");

  using Arguments = std::vector<std::string>;
  const std::string quoted = language::quote_argument(input);
  must(language::split_command_line("a " + quoted + " b", 8) == Arguments{"a", std::string(input), "b"},
       "a quoted argument is read back");
  must(language::split_command_line(quoted + " b", 8) == Arguments{std::string(input), "b"},
       "a quoted argument is read back at the start of a line too");
  must(language::split_command_line("a " + language::quote_last_argument(input), 2) ==
           Arguments{"a", std::string(input)},
       "a quoted last argument is read back");
}

}  // namespace snom::fuzz
