#include "access/token.h"

#include "targets.h"

namespace snom::fuzz {

void tokens(std::string_view input) {
  const auto read = access::parse_tokens(input, "tokens");
  if (!read) {
    must(read.error().starts_with("tokens:"), "an error says where");
    return must_be_one_line(read.error());
  }
  must(read->size() <= access::most_tokens, "a list of tokens is bounded");
  std::string text;
  for (const auto& token : *read) text += access::write_token(token);
  const auto again = access::parse_tokens(text, "tokens");
  must(again.has_value() && *again == *read, "tokens are read as they were written");
}

}  // namespace snom::fuzz
