#include "language/resource_list.h"

#include "language/text.h"
#include "targets.h"

namespace snom::fuzz {

/// What a notifier tells a virtual phone of a list: the value of Content-Type, a line feed, and the body.
void resource_list(std::string_view input) {
  const auto end = input.find('\n');
  const auto type = input.substr(0, end);
  const auto body = end == std::string_view::npos ? std::string_view() : input.substr(end + 1);
  const auto parts = language::parse_related(type, body);
  if (!parts) {
    must(parts.error().argument == "multipart", "the error names what it is about");
    must_be_one_line(parts.error().message);
  }
  const auto list = language::parse_resource_list(parts ? parts->front().body : body);
  if (!list) {
    must(list.error().argument == "rlmi", "the error names what it is about");
    must_be_one_line(list.error().message);
    return;
  }
  // Control characters stand in no document of ours.
  if (language::has_control_character(list->uri)) return;
  for (const auto& resource : list->resources) {
    if (language::has_control_character(resource.uri) || language::has_control_character(resource.cid)) return;
  }
  const auto again = language::parse_resource_list(language::write_resource_list(*list));
  must(again.has_value() && *again == *list, "a list is read back as it was written");
}

}  // namespace snom::fuzz
