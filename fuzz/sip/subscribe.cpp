#include "sip/subscribe_request.h"

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_parser.h>

#include <string>

#include "control/keys/key_address.h"
#include "sip/as_written.h"
#include "sip/sip_uri.h"
#include "targets.h"

namespace snom::fuzz {

/// The user part of a SUBSCRIBE's target in the first line, its header lines in the others.
void subscribe(std::string_view input) {
  const auto line = std::min(input.find('\n'), input.size());
  const std::string user(input.substr(0, line));
  if (const auto key = control::parse_key_address(user)) {
    must(control::write_key_address(*key) == user, "a key has one address");
    must(!key->key.empty() && !key->user.empty(), "an address names a user and a key");
  }
  input.remove_prefix(std::min(line + 1, input.size()));
  std::string text =
      "SUBSCRIBE sip:snom+1000-2@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKa\r\n"
      "From: <sip:1000@example.com>;tag=a\r\nTo: <sip:snom+1000-2@example.com>\r\nCall-ID: a\r\nCSeq: 1 SUBSCRIBE\r\n";
  text.append(input).append("\r\n\r\n");
  const sip::MessageRef message(
      msg_make(sip::server_message_class(), 0, text.data(), static_cast<ssize_t>(text.size())));
  if (message == nullptr) return;
  const sip_t* request = sip_object(message.get());
  // The library answers what lacks one of these by itself.
  if (request == nullptr || sip_request(request) == nullptr || sip_from(request) == nullptr ||
      sip_to(request) == nullptr || sip_call_id(request) == nullptr || sip_cseq(request) == nullptr)
    return;
  const auto wanted = sip::read_subscribe(request);
  if (!wanted) {
    must(wanted.error().status == 400 || wanted.error().status == 489, "what is wrong has its status");
    return;
  }
  must(!wanted->from_tag.empty(), "a dialog has the other side's tag");
  must(sip::parse_sip_uri(wanted->contact) || (wanted->contact.empty() && !wanted->to_tag.empty()),
       "NOTIFYs have a target");
  std::size_t bytes = wanted->contact.size() + wanted->instance.size() + wanted->event_id.size() +
                      wanted->call_id.size() + wanted->from_uri.size() + wanted->to_uri.size();
  for (const std::string& route : wanted->routes) bytes += route.size();
  must(bytes <= 4096, "a subscription has bounds");
}

}  // namespace snom::fuzz
