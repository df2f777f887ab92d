#include "sip/subscribe_request.h"

#include <algorithm>
#include <array>
#include <utility>

#include "language/resource_list.h"
#include "language/text.h"
#include "sip/as_written.h"
#include "sip/read_request.h"
#include "sip/sip_uri.h"

namespace snom::sip {
namespace {

constexpr std::size_t longest_uri = 512;
constexpr std::size_t longest_id = 256;  // of Call-IDs, tags and instances
constexpr std::size_t longest_route = 1024;

[[nodiscard]] bool fits(std::string_view range, std::string_view type) {
  if (range == "*/*") return true;
  if (range.ends_with("/*")) return type.starts_with(range.substr(0, range.size() - 1));
  return range == type;
}

[[nodiscard]] bool is_accepted(const sip_t* sip, std::string_view type) {
  const sip_accept_t* accept = sip_accept(sip);
  if (accept == nullptr) return true;  // the package's own type is meant (RFC 6665 section 4.1.2.1)
  for (; accept != nullptr; accept = accept->ac_next) {
    if (fits(language::lower_case(text(accept->ac_type)), type)) return true;
  }
  return false;
}

[[nodiscard]] bool says(const msg_list_t* header, std::string_view option) {
  for (; header != nullptr; header = header->k_next) {
    if (header->k_items == nullptr) continue;
    for (const msg_param_t* tag = header->k_items; *tag != nullptr; ++tag) {
      if (language::equal_ignoring_case(*tag, option)) return true;
    }
  }
  return false;
}

[[nodiscard]] tl::unexpected<BadSubscribe> bad(std::string phrase) {
  return tl::unexpected(BadSubscribe{400, std::move(phrase)});
}

}  // namespace

tl::expected<SubscribeRequest, BadSubscribe> read_subscribe(const sip_t* sip) {
  SubscribeRequest wanted;
  const sip_event_t* event = sip_event(sip);
  const auto package = event == nullptr ? std::nullopt : event_package(text(event->o_type));
  if (!package) return tl::unexpected(BadSubscribe{489, {}});
  wanted.package = *package;
  wanted.event_id = text(event->o_id);
  wanted.expires = read_expires(sip);
  wanted.accepts = is_accepted(sip, content_type(*package));
  wanted.says_eventlist =
      says(sip_supported(sip), language::eventlist_option) || says(sip_require(sip), language::eventlist_option);
  wanted.takes_lists = wanted.says_eventlist && is_accepted(sip, language::related_content_type) &&
                       is_accepted(sip, language::rlmi_content_type);
  wanted.call_id = text(sip_call_id(sip)->i_id);
  wanted.cseq = sip_cseq(sip)->cs_seq;
  wanted.from_uri = url_text(sip_from(sip)->a_url);
  wanted.from_tag = text(sip_from(sip)->a_tag);
  wanted.to_uri = url_text(sip_to(sip)->a_url);
  wanted.to_tag = text(sip_to(sip)->a_tag);
  if (wanted.from_tag.empty()) return bad("From Without Tag");

  auto contacts = contacts_as_written(sip);
  // In a dialog it may be left out by phones that see to it less; where NOTIFYs go stays then as it was.
  if (contacts.size() > 1 || (contacts.empty() && wanted.to_tag.empty())) return bad("One Contact Is Needed");
  if (!contacts.empty()) {
    wanted.contact = std::move(contacts.front().uri);
    wanted.instance = std::move(contacts.front().instance);
    if (!parse_sip_uri(wanted.contact) || !has_whole_escapes(wanted.contact)) return bad("Contact Is No SIP URI");
  }
  std::size_t route_bytes = 0;
  for (const sip_record_route_t* route = sip_record_route(sip); route != nullptr; route = route->r_next) {
    wanted.routes.push_back(header_value(route));
    route_bytes += wanted.routes.back().size();
  }
  const std::array uris{&wanted.contact, &wanted.from_uri, &wanted.to_uri};
  const std::array ids{&wanted.call_id, &wanted.from_tag, &wanted.to_tag, &wanted.instance, &wanted.event_id};
  const auto exceeds = [](std::size_t limit) {
    return [limit](const std::string* one) { return one->size() > limit; };
  };
  if (std::any_of(uris.begin(), uris.end(), exceeds(longest_uri)) ||
      std::any_of(ids.begin(), ids.end(), exceeds(longest_id)) || route_bytes > longest_route)
    return bad("Headers Too Long");
  return wanted;
}

}  // namespace snom::sip
