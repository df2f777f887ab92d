#include "language/reginfo.h"

#include "language/text.h"
#include "targets.h"

namespace snom::fuzz {

/// The body of a NOTIFY of the event "reg".
void reginfo(std::string_view input) {
  const auto parsed = language::parse_reginfo(input);
  if (!parsed) return must_be_one_line(parsed.error().text());
  for (const auto& registration : parsed->registrations) {
    must(!registration.aor.empty() && !registration.id.empty(), "a registration is somebody's");
    for (const auto& contact : registration.contacts) {
      must(!contact.uri.empty() && contact.uri.size() <= 1024, "a contact is somewhere");
      must(!contact.id.empty(), "a contact is known again");
      for (const auto* value : {&contact.uri, &contact.received, &contact.path, &contact.user_agent, &contact.call_id,
                                &contact.instance, &contact.q}) {
        must(language::is_utf8(*value) && !language::has_control_character(*value), "a value is one line of text");
      }
      must(contact.uri.find_first_of(" <>\"") == std::string::npos, "a URI is fit for a request line");
    }
  }
}

}  // namespace snom::fuzz
