#include "language/buttons_document.h"

#include "targets.h"

namespace snom::fuzz {

void buttons_document(std::string_view input) {
  const auto buttons = language::parse_buttons_document(input);
  if (!buttons) return must_be_one_line(buttons.error().text());
  for (const auto& button : *buttons) must(language::validate(button).has_value(), "buttons that were read are valid");
  must(language::parse_buttons_document(language::write_buttons_document(*buttons)) == *buttons,
       "a document is read back as it was written");
}

}  // namespace snom::fuzz
