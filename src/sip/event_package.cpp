#include "sip/event_package.h"

#include <string>

#include "language/dialog_info.h"
#include "language/pidf.h"
#include "language/text.h"

namespace snom::sip {

std::optional<EventPackage> event_package(std::string_view event_type) {
  const std::string type = language::lower_case(event_type);
  if (type == language::dialog_event) return EventPackage::dialog;
  if (type == language::presence_event) return EventPackage::presence;
  return std::nullopt;
}

std::string_view to_string(EventPackage package) {
  return package == EventPackage::dialog ? language::dialog_event : language::presence_event;
}

std::string_view content_type(EventPackage package) {
  return package == EventPackage::dialog ? language::dialog_info_content_type : language::pidf_content_type;
}

}  // namespace snom::sip
