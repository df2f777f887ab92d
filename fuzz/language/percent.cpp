#include "language/percent.h"

#include "language/text.h"
#include "targets.h"

namespace snom::fuzz {

void percent(std::string_view input) {
  must(language::percent_decode(language::percent_encode(input)) == input, "a query's value comes back");
  must(language::percent_decode(language::percent_encode_sip_user(input)) == input, "a user comes back");
  must(language::percent_decode(input).size() <= input.size(), "decoding makes nothing longer");
  must_be_one_line(language::in_quotes(input));
  if (const auto checked = language::check_key("key", input); !checked) must_be_one_line(checked.error().text());
}

}  // namespace snom::fuzz
