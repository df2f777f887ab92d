#include "language/key_sequence.h"

#include "language/snom_xml.h"
#include "targets.h"

namespace snom::fuzz {

void key_sequence(std::string_view input) {
  if (const auto sequence = language::parse_key_sequence(input); !sequence) {
    must_be_one_line(sequence.error().text());
  } else {
    must(language::parse_key_sequence(language::to_string(*sequence)) == *sequence,
         "a sequence is read back as it was written");
  }
  const auto name = language::xml_key_name(input);
  if (!name) return must_be_one_line(name.error().text());
  const language::SilentDocument document{"t", {{std::chrono::milliseconds(1), {language::PressKey{*name}}}}, {}};
  must(language::write_snom_xml(document).has_value(), "a key's name is fit for Snom XML");
}

}  // namespace snom::fuzz
