#include "language/xml_definition.h"

#include <algorithm>
#include <string>

#include "targets.h"

namespace snom::fuzz {

/// What a settings file makes of a virtual phone's key, and what a notifier tells it: the definition, a NUL, documents
/// with NULs between them.
void xml_definition(std::string_view input) {
  const auto end = std::min(input.find('\0'), input.size());
  auto definition = language::XmlDefinition::parse(input.substr(0, end));
  if (!definition) {
    must(definition.error().argument == "xml", "the error names what it is about");
    must_be_one_line(definition.error().message);
    return;
  }
  auto rest = input.substr(end);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const auto next = std::min(rest.find('\0'), rest.size());
    const std::string before = definition->state();
    if (!definition->notified(rest.substr(0, next)))
      must(definition->state() == before, "nothing applies, nothing changes");
    (void)definition->pressed();
    must(definition->variable("label").size() <= 4096, "texts have a limit");
    rest.remove_prefix(next);
  }
  (void)definition->subscription();
}

}  // namespace snom::fuzz
