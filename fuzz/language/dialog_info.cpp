#include "language/dialog_info.h"

#include "language/text.h"
#include "targets.h"

namespace snom::fuzz {

/// What a notifier tells a virtual phone.
void dialog_info(std::string_view input) {
  const auto info = language::parse_dialog_info(input);
  if (!info) {
    must(info.error().argument == "xml", "the error names what it is about");
    must_be_one_line(info.error().message);
    return;
  }
  // Control characters stand in no document of ours.
  if (language::has_control_character(info->entity) || language::has_control_character(info->caller)) return;
  const auto again = language::parse_dialog_info(language::write_dialog_info(*info));
  must(again.has_value(), "what is written is read");
  must(again->state == info->state && again->is_held == info->is_held && again->version == info->version,
       "a document is read back as it was written");
  must(again->entity == info->entity && again->caller == info->caller, "its texts are, too");
}

}  // namespace snom::fuzz
