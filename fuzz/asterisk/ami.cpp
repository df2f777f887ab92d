#include "asterisk/ami_message.h"

#include "asterisk/device_lamps.h"
#include "asterisk/hinted_keys.h"
#include "asterisk/key_calls.h"
#include "asterisk/phone_list.h"
#include "targets.h"

namespace snom::fuzz {
namespace {

std::size_t lines_of(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += c == '\n' ? 1 : 0;
  return count;
}

void read(std::string_view input, std::size_t piece) {
  asterisk::AmiReader reader;
  std::size_t messages = 0;
  while (!input.empty()) {
    const auto some = input.substr(0, piece);
    input.remove_prefix(some.size());
    const auto fed = reader.feed(some);
    if (!fed) {
      must_be_one_line(fed.error());
      return;
    }
    while (const auto message = reader.next()) {
      ++messages;
      must(!message->fields.empty(), "a message has a field");
      for (const auto& [name, value] : message->fields) {
        must(!name.empty() && name.find(':') == std::string::npos, "a name has no colon");
        must(value.find('\n') == std::string::npos, "a value is in one line");
      }
      for (const auto& contact : {asterisk::read_contact(*message), asterisk::read_stored_contact(*message)}) {
        if (contact)
          must(asterisk::key_of_contact(contact->aor, contact->uri).has_value(), "a contact can be asked for");
      }
      if (const auto one = asterisk::read_subscription(*message)) {
        const auto device = asterisk::device_of_key(one->key);
        must(asterisk::is_device_name(device), "a key has a device");
        must(device == "Custom:" + std::string(message->get("Extension")), "a key has one extension");
      }
      if (const auto channel = asterisk::channel_of_key_call(*message)) {
        must(!asterisk::breaks_a_line(*channel), "a channel can be asked about");
      }
    }
  }
  must_be_one_line(reader.banner());
  must(messages == 0 || !reader.banner().empty(), "the banner comes first");
}

}  // namespace

/// A byte that says into what pieces the rest is cut; the rest is what Asterisk sends, and it is written back as
/// fields.
void ami(std::string_view input) {
  const std::size_t piece = 1 + take_byte(input);
  read(input, piece);
  asterisk::Fields fields;
  while (!input.empty() && fields.size() < 200) {
    const std::string name(take_line(input));
    fields.emplace_back(name, take_line(input));
    if (fields.size() == 1) fields.emplace_back("Variable", asterisk::as_variable("Content", input.substr(0, 1500)));
  }
  const auto written = asterisk::write_action("Ping", fields);
  if (!written) return must_be_one_line(written.error());
  must(lines_of(*written) == fields.size() + 2, "no value makes a line of its own");
  must(written->find("\r\n\r\n") == written->size() - 4, "an action ends with its first empty line");
  must(written->find('\0') == std::string::npos, "an action has no NUL");
}

}  // namespace snom::fuzz
