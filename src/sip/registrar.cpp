#include "sip/registrar.h"

#include <algorithm>
#include <utility>

#include "control/contact.h"
#include "language/text.h"
#include "sip/sip_uri.h"

namespace snom::sip {
namespace {

using std::chrono::seconds;

[[nodiscard]] std::string contact_value(const Binding& binding, Binding::TimePoint now) {
  const auto left = std::chrono::ceil<seconds>(binding.expires() - now).count();
  std::string value = "<" + binding.contact() + ">;expires=" + std::to_string(left);
  if (!binding.q.empty()) value += ";q=" + binding.q.text();
  if (!binding.instance.empty()) value += ";+sip.instance=" + binding.instance;
  if (binding.reg_id != 0) value += ";reg-id=" + std::to_string(binding.reg_id);
  return value;
}

[[nodiscard]] RegisterAnswer refused(int status, std::string phrase) {
  RegisterAnswer answer;
  answer.status = status;
  answer.phrase = std::move(phrase);
  return answer;
}

[[nodiscard]] std::string address(const std::string& transport, const std::string& host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  return transport + ":" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

[[nodiscard]] bool names_tls(const SipUri& uri) {
  return uri.scheme == "sips" || language::lower_case(uri.parameter("transport")) == "tls";
}

/// What the proxy names is where phones speak to it by TLS; here it is where its REGISTER came from, unless that came
/// by TLS, too.
[[nodiscard]] bool is_spoken_here(const SipUri& proxy, bool by_tls) {
  const std::string transport = language::lower_case(proxy.parameter("transport"));
  if (names_tls(proxy)) return by_tls;
  return transport.empty() || transport == "udp" || transport == "tcp";
}

[[nodiscard]] bool names_tcp(const SipUri& uri) { return language::lower_case(uri.parameter("transport")) == "tcp"; }

}  // namespace

Registrar::Registrar(LocationTable& table, const ServerOptions& options, ServedDomain served)
    : table_(table),
      served_(std::move(served)),
      min_expires_(options.min_expires),
      default_expires_(options.default_expires),
      max_expires_(options.max_expires),
      max_contacts_(options.max_contacts) {}

RegisterAnswer Registrar::answer(const RegisterRequest& request, TimePoint now) {
  if (request.all && (!request.contacts.empty() || request.expires != 0u))
    return refused(400, "Contact * Needs Expires 0 And No Other Contact");
  if (!request.all && request.contacts.empty()) return list(request.user, now);
  for (const std::string& value : request.path) {
    const auto uri = parse_sip_uri(route_uri(value));
    if (!uri || !has_whole_escapes(value)) return refused(400, "Path Is No SIP URI");
    // A strict router (RFC 2543) would want the requests otherwise.
    if (!uri->has_parameter("lr")) return refused(400, "Path Without lr");
  }

  LocationTable::Update update;
  update.call_id = request.call_id;
  update.cseq = request.cseq;
  update.remove_all = request.all;
  for (const RequestedContact& contact : request.contacts) {
    if (!parse_sip_uri(contact.uri) || !has_whole_escapes(contact.uri)) return refused(400, "Contact Is No SIP URI");
    auto lifetime = default_expires_;
    if (contact.expires)
      lifetime = seconds(*contact.expires);
    else if (request.expires)
      lifetime = seconds(*request.expires);
    if (lifetime == seconds(0)) {
      update.remove.push_back({contact.uri, contact.instance, contact.reg_id});
      continue;
    }
    // An hour and more may not be refused (step 7), whatever the configuration says.
    if (lifetime < min_expires_ && lifetime < std::chrono::hours(1)) {
      RegisterAnswer too_brief = refused(423, "");
      too_brief.min_expires = min_expires_.count();
      return too_brief;
    }
    Binding binding;
    binding.instance = contact.instance;
    binding.reg_id = contact.reg_id;
    binding.q = contact.q;
    binding.cseq = request.cseq;
    binding.registered_at = now;
    registration::Registration phone;
    phone.user = request.user;
    phone.domain = served_.domain;
    phone.profile = served_.profile;
    phone.contact = contact.uri;
    phone.network_host = request.source_host;
    phone.network_port = request.source_port;
    phone.transport = request.transport;
    phone.user_agent = request.user_agent;
    phone.call_id = request.call_id;
    if (served_.web) phone.web = served_.web(request.user);
    phone.expires = now + std::min(lifetime, max_expires_);
    phone.direct = request.direct;
    binding.phone = std::move(phone);
    binding.next_hop = next_hop_of(contact.uri, request);
    binding.listener = request.listener;
    binding.proxied = request.proxied;
    binding.connection = request.connection;
    binding.path = request.path;
    update.set.push_back(std::move(binding));
    if (update.set.size() > max_contacts_) return refused(403, "Too Many Contacts");
  }

  auto applied = table_.apply(request.user, update, now);
  if (!applied)
    return applied.error() == LocationTable::Refused::too_many ? refused(403, "Too Many Contacts")
                                                               : refused(400, "CSeq Out Of Order");
  RegisterAnswer answer = list(request.user, now);
  answer.changes = std::move(*applied);
  return answer;
}

RegisterAnswer Registrar::list(const std::string& user, TimePoint now) const {
  RegisterAnswer answer;
  for (const Binding* binding : table_.find(user, now)) answer.contacts.push_back(contact_value(*binding, now));
  return answer;
}

std::string route_uri(const std::string& value) {
  const auto begin = value.find('<');
  const auto end = value.find('>');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return value;
  return value.substr(begin + 1, end - begin - 1);
}

std::string next_hop_of(const std::string& contact, const RegisterRequest& request) {
  const auto uri = parse_sip_uri(contact);
  const bool numeric = uri && is_ip_address(uri->host);
  const bool direct = numeric && control::same_address(uri->host, request.source_host);
  if (!request.path.empty()) {
    const auto proxy = parse_sip_uri(route_uri(request.path.front()));
    const bool by_tls = request.transport == "tls";
    const bool there =
        proxy && control::same_address(proxy->host, request.source_host) && is_spoken_here(*proxy, by_tls);
    // Only by TLS, though its Path may name it by its other side.
    if (by_tls) {
      const bool same = there && names_tls(*proxy);
      return address("tls", request.source_host, same ? proxy->port.value_or(default_tls_port) : default_tls_port);
    }
    if (request.transport == "tcp")
      return address("tcp", request.source_host, there ? proxy->port.value_or(default_port) : default_port);
    if (!there) return address("udp", request.source_host, request.source_port);
    return address(names_tcp(*proxy) ? "tcp" : "udp", request.source_host, proxy->port.value_or(default_port));
  }
  // A phone has no certificate that it could show to who connects: the connection of the REGISTER is the only way.
  if (request.transport == "tls") return {};
  const std::uint16_t port = uri ? uri->port.value_or(default_port) : default_port;
  // Over a stream the contact is where a new connection is opened once that of the REGISTER is gone; not behind NAT,
  // where that address may be anybody's.
  if (request.transport == "tcp" && numeric && !direct) return {};
  if (request.transport == "tcp") return address("tcp", request.source_host, port);
  if (direct) {
    if (names_tcp(*uri)) return address("tcp", request.source_host, port);
    if (!request.symmetric) return address("udp", request.source_host, port);
  }
  return address("udp", request.source_host, request.source_port);
}

}  // namespace snom::sip
