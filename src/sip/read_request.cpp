#include "sip/read_request.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "control/contact.h"
#include "language/text.h"
#include "sip/as_written.h"
#include "sip/delta_seconds.h"
#include "sip/message_class.h"
#include "sip/sip_uri.h"

namespace snom::sip {
namespace {

constexpr std::size_t longest_uri = 1024;
constexpr std::size_t longest_call_id = 512;
constexpr std::size_t longest_instance = 256;
constexpr std::size_t longest_q = 8;
constexpr std::size_t longest_user_agent = 200;    // cut, not refused: it is there to be read
constexpr std::uint32_t malformed_expires = 3600;  // what is no number is an hour (RFC 3261 section 10.2.1.1)

[[nodiscard]] RequestedContact read_contact(ContactAsWritten written) {
  RequestedContact contact;
  contact.uri = std::move(written.uri);
  if (written.has_expires) contact.expires = delta_seconds(written.expires).value_or(malformed_expires);
  contact.q = std::move(written.q);
  contact.instance = std::move(written.instance);
  std::from_chars(written.reg_id.data(), written.reg_id.data() + written.reg_id.size(), contact.reg_id);
  return contact;
}

/// False when the last Via, that of who sent the request first, names another address than the one it came from (RFC
/// 3261 section 18.2.1). A host name says nothing: it is not looked up.
[[nodiscard]] bool is_from_its_sender(const sip_t* sip, const std::string& source) {
  const sip_via_t* via = sip_via(sip);
  while (via->v_next != nullptr) via = via->v_next;
  const std::string sent_by = bare_host(text(via->v_host));
  return !is_ip_address(sent_by) || control::same_address(sent_by, source);
}

}  // namespace

std::optional<RegisterRequest> read_register(const ServerRequest& request) {
  RegisterRequest wanted;
  const sip_t* sip = request.sip();
  for (ContactAsWritten& written : contacts_as_written(sip)) {
    if (written.all) {
      wanted.all = true;
      continue;
    }
    RequestedContact contact = read_contact(std::move(written));
    if (contact.uri.size() > longest_uri || contact.instance.size() > longest_instance || contact.q.size() > longest_q)
      return std::nullopt;
    wanted.contacts.push_back(std::move(contact));
  }
  wanted.path = path_as_written(sip);
  std::size_t path_size = 0;
  for (const std::string& value : wanted.path) path_size += value.size();
  if (path_size > longest_uri) return std::nullopt;
  wanted.expires = read_expires(sip);
  wanted.call_id = text(sip_call_id(sip)->i_id);
  if (wanted.call_id.size() > longest_call_id) return std::nullopt;
  wanted.cseq = sip_cseq(sip)->cs_seq;
  if (const sip_user_agent_t* agent = sip_user_agent(sip); agent != nullptr)
    wanted.user_agent = text(agent->g_string).substr(0, longest_user_agent);
  wanted.source_host = request.source().host;
  wanted.source_port = request.source().port;
  wanted.transport = request.source().transport;
  wanted.listener = request.listener();
  wanted.symmetric = asked_for_rport(sip_via(sip));
  wanted.proxied = !wanted.path.empty() || sip_via(sip)->v_next != nullptr;
  wanted.direct = wanted.path.empty() && is_from_its_sender(sip, wanted.source_host);
  wanted.connection = request.connection();
  return wanted;
}

std::optional<std::uint32_t> read_expires(const sip_t* sip) {
  const sip_expires_t* expires = sip_expires(sip);
  if (expires == nullptr) return std::nullopt;
  unsigned long seconds = expires->ex_delta;
  if (expires->ex_date != 0) {
    const sip_time_t now = sip_now();
    seconds = expires->ex_date > now ? expires->ex_date - now : 0;
  }
  return delta_seconds(seconds);
}

std::vector<std::string> read_credentials(const sip_t* sip) {
  std::vector<std::string> values;
  for (const sip_authorization_t* header = sip_authorization(sip); header != nullptr; header = header->au_next)
    values.push_back(header_value(header));
  return values;
}

std::string read_required(const sip_t* sip, std::string_view known) {
  const sip_require_t* header = sip_require(sip);
  std::string tags;
  if (header == nullptr || header->k_items == nullptr) return tags;
  for (const msg_param_t* tag = header->k_items; *tag != nullptr; ++tag) {
    if (!known.empty() && language::equal_ignoring_case(*tag, known)) continue;
    tags.append(tags.empty() ? "" : ", ").append(*tag);
  }
  return tags;
}

}  // namespace snom::sip
