#include "language/phone_settings.h"

#include "targets.h"

namespace snom::fuzz {

/// What a virtual phone is provisioned with.
void phone_settings(std::string_view input) {
  const auto settings = language::parse_phone_settings(input);
  if (!settings) {
    must(settings.error().argument == "settings", "the error names what it is about");
    must_be_one_line(settings.error().message);
    return;
  }
  for (const auto& key : settings->keys) (void)language::uri_of_blf(key.argument);
  const auto again = language::parse_phone_settings(language::write_phone_settings(*settings));
  must(again.has_value(), "what is written is read");
  must(*again == *settings, "settings are read back as they were written");
}

}  // namespace snom::fuzz
