// Keys that phones subscribe to, and call: what Endpoint does for them.
#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "control/contact.h"
#include "language/percent.h"
#include "language/resource_list.h"
#include "language/xml_definition.h"
#include "sip/as_written.h"
#include "sip/endpoint.h"
#include "sip/key_document.h"
#include "sip/message_class.h"
#include "sip/sip_uri.h"
#include "sip/subscribed_phone.h"

namespace snom::sip {
namespace {

using std::chrono::seconds;

constexpr const char* wait_when_full = "60";

[[nodiscard]] LocationTable::TimePoint now() { return std::chrono::steady_clock::now(); }

/// Where a call to a bound number is sent; empty for what is no address.
[[nodiscard]] std::string uri_of_number(const std::string& number, const std::string& domain) {
  if (number.starts_with("sip:") || number.starts_with("sips:")) return parse_sip_uri(number) ? number : std::string();
  const auto at = number.rfind('@');
  const std::string user = language::percent_encode_sip_user(number.substr(0, at));
  const std::string host = at == std::string::npos ? bracketed(domain) : number.substr(at + 1);
  std::string uri = "sip:" + user + "@" + host;
  return parse_sip_uri(uri) ? uri : std::string();
}

/// A key of type XML definition says in the URI that it subscribes to that it shows everything.
bool shows_all(const url_t* uri) {
  const std::string parameters = ";" + std::string(text(uri->url_params)) + ";";
  return parameters.find(";" + std::string(language::all_of_key_parameter) + ";") != std::string::npos;
}

}  // namespace

Subscriptions::Belongs Endpoint::subscriptions_of(const registration::Registration& contact) const {
  SubscribedPhone phone;
  phone.by_proxy = profile_.proxy.has_value();
  const auto its = locations_.find_flows(contact.user, contact.contact);
  for (const Binding* binding : its) phone.flows.push_back(*binding);
  for (const Binding* binding : locations_.find(contact.user, now())) {
    if (std::ranges::find(its, binding) == its.end()) phone.others.push_back(*binding);
  }
  if (phone.flows.empty()) {
    // It has ended meanwhile.
    Binding as_it_was;
    as_it_was.phone = contact;
    as_it_was.proxied = !contact.direct;
    phone.flows.push_back(std::move(as_it_was));
  }
  return [phone = std::move(phone)](const Subscription& one) { return is_of(one, phone); };
}

void Endpoint::take_way(const ServerRequest& request, const SubscribeRequest& wanted,
                        Subscription& subscription) const {
  subscription.remote_cseq = wanted.cseq;
  if (!wanted.contact.empty()) subscription.contact = wanted.contact;
  if (!wanted.instance.empty()) subscription.instance = wanted.instance;
  subscription.source_host = request.source().host;
  subscription.source_port = request.source().port;
  subscription.transport = request.source().transport;
  subscription.listener = request.listener();
  subscription.connection = request.connection();
  // Nobody can name another machine than the one that asks.
  RegisterRequest as_registered;
  as_registered.source_host = subscription.source_host;
  as_registered.source_port = subscription.source_port;
  as_registered.transport = subscription.transport;
  as_registered.symmetric = asked_for_rport(sip_via(request.sip()));
  as_registered.path = subscription.routes;
  subscription.next_hop = next_hop_of(subscription.contact, as_registered);
}

const TransportAddress& Endpoint::listener_of(const Subscription& subscription) const {
  std::size_t number = listeners_.size();
  const std::string& name = subscription.listener;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return listeners_[number < listeners_.size() ? number : 0];
}

std::string Endpoint::own_contact(const Subscription& subscription) const {
  const TransportAddress& at = listener_of(subscription);
  return fmt::format("<sip:{}@{}:{}{}{}>", language::percent_encode_sip_user(address_of(subscription)),
                     bracketed(at.host), at.port,
                     at.transport == "udp" ? "" : ";transport=", at.transport == "udp" ? "" : at.transport);
}

void Endpoint::handle_subscribe(ServerRequest& request) {
  const auto wanted = read_subscribe(request.sip());
  if (!wanted) {
    std::vector<ReplyHeader> headers;
    if (wanted.error().status == 489)
      headers.push_back({sip_unknown_class, plain_line("Allow-Events", event_packages)});
    return request.answer(wanted.error().status, wanted.error().phrase, headers);
  }
  const std::string transaction = request.transaction_key("SUBSCRIBE");
  if (const auto before = answered_before(request, transaction)) {
    const std::string local_tag = wanted->to_tag.empty() ? request.to_tag() : wanted->to_tag;
    const auto subscription = shared_.subscriptions.find(wanted->call_id, local_tag, wanted->from_tag);
    if (*before != 200 || !subscription) return request.answer(*before, {}, {{sip_expires_class, "0"}});
    return answer_subscribed(request, *subscription, shared_.subscriptions.left(*subscription));
  }
  const std::string claimed = url_user(sip_from(request.sip())->a_url);
  if (profile_.asking && !profile_.proxy) return refuse(request, claimed, "nobody subscribes here");
  const auto sender = proven_sender(request);
  if (!sender) return;
  if (!serves(sender->host)) return refuse(request, sender->user, "a sender of another domain");
  if (!wanted->accepts) {
    return request.answer(406, {}, {{sip_accept_class, std::string(content_type(wanted->package))}});
  }
  if (wanted->to_tag.empty()) return begin_subscription(request, *sender, *wanted);
  renew_subscription(request, *sender, *wanted);
}

std::optional<seconds> Endpoint::subscription_lifetime(ServerRequest& request, const SubscribeRequest& wanted) const {
  const seconds asked = wanted.expires ? seconds(*wanted.expires) : shared_.options.default_subscription;
  // An hour and more may not be refused (RFC 6665 section 4.2.1.1), whatever the configuration says.
  if (asked > seconds(0) && asked < shared_.options.min_subscription && asked < std::chrono::hours(1)) {
    request.answer(423, {}, {{sip_min_expires_class, std::to_string(shared_.options.min_subscription.count())}});
    return std::nullopt;
  }
  return std::min(asked, shared_.options.max_subscription);
}

void Endpoint::begin_subscription(ServerRequest& request, const NamedUser& sender, const SubscribeRequest& wanted) {
  const std::string name = url_user(request.uri());
  auto address = control::parse_key_address(name);
  const auto list = control::parse_key_list_address(name);
  if (list) address = control::KeyAddress{*list, {}};
  if (!address || !serves(text(request.uri()->url_host))) return request.answer(404);
  if (address->user != sender.user) return refuse(request, sender.user, "another phone's key");
  // RFC 4662 section 4.2.
  if (list && !wanted.says_eventlist)
    return request.answer(421, {}, {{sip_require_class, std::string(language::eventlist_option)}});
  if (list && !wanted.takes_lists) {
    return request.answer(
        406, {},
        {{sip_accept_class, fmt::format("{}, {}, {}", content_type(wanted.package), language::related_content_type,
                                        language::rlmi_content_type)}});
  }
  const auto lifetime = subscription_lifetime(request, wanted);
  if (!lifetime) return;

  Subscription made;
  made.profile = profile_.name;
  made.domain = profile_.domain;
  made.key = *address;
  made.package = wanted.package;
  made.shows_all = wanted.package == EventPackage::dialog && shows_all(request.uri());
  made.event_id = wanted.event_id;
  made.call_id = wanted.call_id;
  made.local_tag = request.to_tag();
  made.remote_tag = wanted.from_tag;
  made.local_uri = wanted.to_uri;
  made.remote_uri = wanted.from_uri;
  made.routes = wanted.routes;
  take_way(request, wanted, made);
  if (const auto refused = shared_.subscriptions.refusal(made, *lifetime)) {
    tell_refused(request, sender.user, "too many subscriptions");
    if (*refused == Subscriptions::Refused::too_many_of_user) return request.answer(403, "Too Many Subscriptions");
    return request.answer(503, "Too Many Subscriptions", {{sip_retry_after_class, wait_when_full}});
  }
  shared_.answered.remember(request.transaction_key("SUBSCRIBE"), {200, request.fingerprint()}, now());
  const auto phone = sender_of(request, sender.user);
  // First the answer, then the NOTIFY (RFC 6665 section 4.2.1.1).
  answer_subscribed(request, made, *lifetime);
  const std::string address_of_record = sender.user + "@" + profile_.domain;
  if (list) {
    shared_.subscriptions.begin(made, *lifetime, shared_.observer.key_lights(address_of_record));
  } else {
    shared_.subscriptions.begin(made, *lifetime, shared_.observer.key_light(address_of_record, address->key));
  }
  if (*lifetime > seconds(0)) shared_.observer.key_subscribed(phone, address->key);
}

void Endpoint::renew_subscription(ServerRequest& request, const NamedUser& sender, const SubscribeRequest& wanted) {
  const auto found = shared_.subscriptions.find(wanted.call_id, wanted.to_tag, wanted.from_tag);
  const bool is_same = found && found->profile == profile_.name && found->package == wanted.package &&
                       found->event_id == wanted.event_id;
  if (!is_same) return request.answer(481);
  if (found->key.user != sender.user) return refuse(request, sender.user, "another phone's subscription");
  // RFC 3261 section 12.2.2.
  if (wanted.cseq <= found->remote_cseq) return request.answer(500, "CSeq Out Of Order");
  const auto lifetime = subscription_lifetime(request, wanted);
  if (!lifetime) return;
  Subscription as_it_is = *found;
  take_way(request, wanted, as_it_is);
  shared_.answered.remember(request.transaction_key("SUBSCRIBE"), {200, request.fingerprint()}, now());
  answer_subscribed(request, as_it_is, *lifetime);
  const std::string address_of_record = sender.user + "@" + profile_.domain;
  if (as_it_is.is_list()) {
    shared_.subscriptions.refresh(as_it_is, *lifetime, shared_.observer.key_lights(address_of_record));
  } else {
    shared_.subscriptions.refresh(as_it_is, *lifetime, shared_.observer.key_light(address_of_record, as_it_is.key.key));
  }
}

void Endpoint::answer_subscribed(ServerRequest& request, const Subscription& subscription, seconds lifetime) {
  std::vector<ReplyHeader> headers{{sip_unknown_class, plain_line("Contact", own_contact(subscription))},
                                   {sip_expires_class, std::to_string(lifetime.count())}};
  if (subscription.is_list()) headers.push_back({sip_require_class, std::string(language::eventlist_option)});
  request.answer(200, {}, headers);
}

void Endpoint::notify(const Subscription& to, const Subscriptions::Notify& notify, Subscriptions::Done done) {
  MessageClient::Route route;
  route.agent = agent_.get();
  route.path = to.routes;
  route.listener = to.listener;
  route.connection = static_cast<tport_t*>(to.connection.get());
  if (auto hop = parse_transport_address(to.next_hop)) {
    route.next_hop = std::move(*hop);
  } else {
    route.next_hop = {to.transport, to.source_host, to.source_port};
  }
  // Its connection may have gone, and another one of the phone's be there.
  const bool open = route.connection != nullptr && tport_is_clear_to_send(route.connection) != 0;
  if (to.transport != "udp" && !open) {
    const auto belongs_to = [&](const Binding* binding) {
      return same_uri(binding->contact(), to.contact) || (!to.instance.empty() && binding->instance == to.instance);
    };
    for (const Binding* binding : locations_.find(to.key.user, now())) {
      if (binding->connection != nullptr && belongs_to(binding))
        route.connection = static_cast<tport_t*>(binding->connection.get());
    }
    const bool other = route.connection != nullptr && tport_is_clear_to_send(route.connection) != 0;
    if (to.next_hop.empty() && !other)
      return done({0, std::string(to.transport == "tls" ? "the TLS" : "the TCP") +
                          " connection that it subscribed over is closed"});
    if (route.next_hop.transport == "tls" && !other) {
      if (const auto by_tls = route_by_tls(route, listener_of(to).host); !by_tls) return done({0, by_tls.error()});
    }
  }
  KeyDocument document = write_document(to, notify);
  MessageClient::Notify told{std::string(to_string(to.package)), notify.state, std::move(document.content_type),
                             std::move(document.body), std::move(document.require)};
  if (!to.event_id.empty()) told.event += ";id=" + to.event_id;
  MessageClient::InDialog dialog;
  dialog.target = to.contact;
  dialog.from = fmt::format("<{}>;tag={}", to.local_uri, to.local_tag);
  dialog.to = fmt::format("<{}>;tag={}", to.remote_uri, to.remote_tag);
  dialog.call_id = to.call_id;
  dialog.cseq = to.local_cseq;
  dialog.contact = own_contact(to);
  shared_.messages.notify(route, dialog, told, std::move(done));
}

void Endpoint::handle_key_call(ServerRequest& request, const control::KeyAddress& address) {
  const std::string transaction = request.transaction_key("INVITE");
  const auto redirect = [&request](const std::string& contact) {
    request.answer(302, {}, {{sip_unknown_class, plain_line("Contact", "<" + contact + ">")}});
  };
  const AnsweredRequests::Answered* before = shared_.answered.find(transaction, now());
  const Fingerprint fingerprint = request.fingerprint();
  if (before != nullptr && before->fingerprint == fingerprint) {
    if (before->status == 302) return redirect(before->contact);
    return request.answer(before->status);
  }
  const auto sender = proven_sender(request);
  if (!sender) return;
  if (!serves(text(request.uri()->url_host))) return request.answer(404);
  if (!serves(sender->host)) return refuse(request, sender->user, "a sender of another domain");
  if (sender->user != address.user) return refuse(request, sender->user, "another phone's key");

  AnsweredRequests::Answered answer{shared_.options.press_answer, fingerprint};
  // Remembered before it is known what it does: whatever happens next, a repetition does not do it again.
  shared_.answered.remember(transaction, answer, now());
  const auto press = shared_.observer.key_pressed(sender_of(request, sender->user), address.key);
  if (!press.bound) answer.status = 404;
  if (!press.number.empty()) {
    answer.contact = uri_of_number(press.number, profile_.domain);
    answer.status = answer.contact.empty() ? 404 : 302;
  }
  shared_.answered.remember(transaction, answer, now());
  if (answer.status == 302) return redirect(answer.contact);
  request.answer(answer.status);
}

}  // namespace snom::sip
