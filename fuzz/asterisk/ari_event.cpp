#include "asterisk/ari.h"

#include "targets.h"

namespace snom::fuzz {

/// What ARI sends: an event, or the body of an error; and a text that is sent.
void ari_event(std::string_view input) {
  must_be_one_line(asterisk::read_ari_error(input));
  const auto text = asterisk::read_ari_text(input);
  if (text) must(!text->endpoint.empty() && !text->target.empty(), "a text has a sender and a target");
  const std::string some(input.substr(0, 1000));
  const auto written = asterisk::write_ari_message({some, some, some, some, some});
  must(written.starts_with('{') && written.ends_with('}'), "a message is an object");
  must(written.find('\n') == std::string::npos, "a message is in one line");
}

}  // namespace snom::fuzz
