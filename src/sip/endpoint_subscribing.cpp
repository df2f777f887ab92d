// Phones whose registrations a notifier tells (RFC 3680): what Endpoint does for them.
#include <algorithm>
#include <charconv>
#include <utility>

#include "language/percent.h"
#include "language/text.h"
#include "sip/as_written.h"
#include "sip/endpoint.h"
#include "sip/read_notify.h"
#include "sip/sip_uri.h"

namespace snom::sip {
namespace {

using std::chrono::seconds;

/// What a notifier may say; more is cut.
constexpr std::uint32_t longest_expires_s = 365U * 24U * 3600U;
/// A contact whose end is another by no more than this has not registered again since it was told.
constexpr seconds same_end{2};

[[nodiscard]] LocationTable::TimePoint now() { return std::chrono::steady_clock::now(); }

/// As the value of a URI's parameter.
[[nodiscard]] std::string escaped(std::string_view value) {
  constexpr std::string_view plain = "-_.!~*'():[]";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string written;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || plain.find(c) != std::string_view::npos) {
      written += c;
    } else {
      written += '%';
      written += digits[byte >> 4U];
      written += digits[byte & 15U];
    }
  }
  return written;
}

/// The values of one header, which commas part that are not within <>.
[[nodiscard]] std::vector<std::string> values_of(std::string_view header) {
  std::vector<std::string> values;
  bool within = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= header.size(); ++i) {
    if (i < header.size() && (within || header[i] != ',')) {
      within = header[i] == '<' || (within && header[i] != '>');
      continue;
    }
    std::string_view value = header.substr(begin, i - begin);
    while (value.starts_with(' ')) value.remove_prefix(1);
    while (value.ends_with(' ')) value.remove_suffix(1);
    if (!value.empty()) values.emplace_back(value);
    begin = i + 1;
  }
  return values;
}

/// Whether it is a loose router's, in pointed brackets and nothing else.
[[nodiscard]] bool is_route(const std::string& value) {
  if (!value.starts_with('<') || !value.ends_with('>') || !has_whole_escapes(value)) return false;
  const auto uri = parse_sip_uri(route_uri(value));
  return uri && uri->has_parameter("lr") && value.find('<', 1) == std::string::npos;
}

/// One contact that is told twice is there if it is in one of them, and as long as in the longer one: Kamailio keeps a
/// phone's contact once for each instance that it has named.
[[nodiscard]] bool says_more(const language::RegInfoContact& one, const language::RegInfoContact& other) {
  if (one.active != other.active) return one.active;
  return one.expires.value_or(0) > other.expires.value_or(0);
}

}  // namespace

void Endpoint::start_watching() {
  watched_ = std::make_unique<RegSubscriptions>(
      shared_.loop, profile_.watching->pace,
      RegSubscriptions::Callbacks{
          [this](const RegSubscriptions::Subscribe& one, auto done) { subscribe(one, std::move(done)); },
          [this](const std::string& user, const RegSubscriptions::Registrations& registrations) {
            // The NOTIFY is answered first, as a REGISTER is: who hears of it may send to the phone at once.
            shared_.loop.post(lifetime_.guard([this, user, registrations] { told(user, registrations); }));
          },
          [this](const std::string& what) {
            shared_.observer.warned("profile '" + profile_.name + "' at " + profile_.watching->via + ": " + what);
          }});
  know_registered();
  watched_->use(users_to_watch());
}

bool Endpoint::is_watched(const User& user) const {
  return user.contact.empty() && (user.profile.empty() || user.profile == profile_.name);
}

std::vector<std::string> Endpoint::users_to_watch() const {
  std::vector<std::string> users;
  for (const User& user : shared_.users.all()) {
    if (is_watched(user)) users.push_back(user.name);
  }
  return users;
}

void Endpoint::subscribe(const RegSubscriptions::Subscribe& one,
                         const std::function<void(RegSubscriptions::Answer)>& done) {
  const auto tell = [this, done](RegSubscriptions::Answer answer) {
    shared_.loop.post([done, answer = std::move(answer)] { done(answer); });
  };
  registration::Registration watched;
  watched.user = one.user;
  watched.domain = profile_.domain;
  watched.profile = profile_.name;
  watched.contact = !one.target.empty() && parse_sip_uri(one.target)
                        ? one.target
                        : "sip:" + language::percent_encode_sip_user(one.user) + "@" + bracketed(profile_.domain);
  // Also within the dialog it goes to the notifier that is configured and nowhere else.
  if (const auto hop = parse_transport_address(profile_.watching->via)) {
    watched.network_host = hop->host;
    watched.network_port = hop->port;
    watched.transport = hop->transport;
  }
  const auto way = route(watched, {});
  if (!way) return tell({0, way.error(), {}, {}, {}, {}, {}, {}});
  std::size_t listener = 0;
  std::from_chars(way->listener.data(), way->listener.data() + way->listener.size(), listener);
  shared_.messages.subscribe(*way, watched, one, listeners_.at(listener).to_uri(), lifetime_.guard(tell));
}

void Endpoint::handle_notify(ServerRequest& request) {
  const std::string from = url_user(sip_from(request.sip())->a_url);
  if (!profile_.proxy->includes(request.source().host)) return refuse(request, from, "not from a trusted proxy");
  const std::string key = request.transaction_key("NOTIFY");
  if (const auto before = answered_before(request, key)) return request.answer(*before);
  const auto notify = read_notify(request.sip());
  const int status = watched_->notified(notify);
  shared_.answered.remember(key, {status, request.fingerprint()}, now());
  constexpr int unsupported_type = 415;
  constexpr int bad_event = 489;
  if (status == unsupported_type) {
    return request.answer(status, {}, {{sip_accept_class, std::string(language::reginfo_content_type)}});
  }
  if (status == bad_event) {
    return request.answer(status, {}, {{sip_unknown_class, plain_line("Allow-Events", language::reginfo_event)}});
  }
  request.answer(status);
}

void Endpoint::told(const std::string& user, const RegSubscriptions::Registrations& registrations) {
  if (watched_ == nullptr || !knows(user)) return;
  // A document may tell of others (RFC 3680 section 5.2): they are not whom this dialog was asked for.
  std::vector<language::RegInfoContact> contacts;
  for (const auto& registration : registrations) {
    const auto aor = parse_sip_uri(registration.aor);
    if (!aor || aor->user != user || !serves(aor->host)) continue;
    for (const auto& contact : registration.contacts) {
      const auto same = std::ranges::find(contacts, contact.uri, &language::RegInfoContact::uri);
      if (same == contacts.end()) {
        contacts.push_back(contact);
      } else if (says_more(contact, *same)) {
        *same = contact;
      }
    }
  }
  std::vector<std::pair<LocationTable::Flow, std::string>> gone;
  for (const Binding* binding : locations_.find(user, now())) {
    const auto said = std::ranges::find(contacts, binding->contact(), &language::RegInfoContact::uri);
    if (said != contacts.end() && said->active) continue;
    const bool expired = said != contacts.end() && said->event == "expired";
    gone.emplace_back(LocationTable::Flow{binding->contact(), binding->instance, binding->reg_id},
                      expired ? "expired" : "removed");
  }
  for (const auto& [flow, why] : gone) take_out(user, flow, why);
  for (const auto& contact : contacts) {
    if (contact.active) told_active(user, contact);
  }
}

void Endpoint::told_active(const std::string& user, const language::RegInfoContact& contact) {
  const auto unreachable = [&](std::string_view why) {
    watched_->warn("contact " + language::in_quotes(contact.uri) + " of " + language::in_quotes(user) +
                   " is not reached: " + std::string(why));
  };
  const auto notifier = parse_transport_address(profile_.watching->via);
  if (!notifier) return;
  if (!parse_sip_uri(contact.uri) || !has_whole_escapes(contact.uri)) return unreachable("it is no SIP URI");
  auto routes = routes_to(contact);
  if (!routes) return unreachable(routes.error());

  registration::Registration made;
  made.user = user;
  made.domain = profile_.domain;
  made.profile = profile_.name;
  made.contact = contact.uri;
  made.network_host = notifier->host;
  made.network_port = notifier->port;
  made.transport = notifier->transport;
  made.user_agent = contact.user_agent;
  // A notifier need not tell the Call-ID. Without, a reboot shows as another contact only.
  made.call_id = contact.call_id.empty() ? contact.id : contact.call_id;
  made.web = web_of(user);
  made.expires = now() + (contact.expires ? seconds(std::min(*contact.expires, longest_expires_s))
                                          : std::chrono::duration_cast<seconds>(shared_.options.max_expires));
  made.direct = false;

  const Binding* before = locations_.find_flow(user, {contact.uri, contact.instance, 0});
  if (before != nullptr && before->call_id() == made.call_id && before->phone->user_agent == made.user_agent &&
      before->path == *routes && std::chrono::abs(before->expires() - made.expires) <= same_end) {
    return;
  }
  LocationTable::Update update;
  update.call_id = made.call_id;
  // What comes later counts: NOTIFYs are in order, and tell of REGISTERs that need not be of one Call-ID.
  update.cseq = ++told_count_;
  Binding binding;
  binding.instance = contact.instance;
  binding.q = contact.q;
  binding.cseq = update.cseq;
  binding.registered_at = now();
  binding.next_hop = notifier->to_string();
  binding.proxied = true;
  binding.path = std::move(*routes);
  binding.phone = std::move(made);
  update.set.push_back(std::move(binding));
  if (const auto changes = locations_.apply(user, update, now())) return tell(*changes);
  unreachable("its user has too many contacts");
}

tl::expected<std::vector<std::string>, std::string> Endpoint::routes_to(const language::RegInfoContact& contact) const {
  const auto notifier = parse_transport_address(profile_.watching->via);
  if (!notifier) return tl::unexpected(notifier.error());
  std::string first = notifier->to_uri() + ";lr";
  const auto path = values_of(contact.path);
  // Where the REGISTER came from is how Kamailio reaches a phone behind NAT. It is told so as it would write it itself
  // in a Path (its module path), and as OpenSIPS reads it, too.
  if (path.empty() && !contact.received.empty()) first += ";received=" + escaped(contact.received);
  std::vector<std::string> routes{"<" + first + ">"};
  for (const std::string& value : path) {
    if (!is_route(value)) return tl::unexpected("its path " + language::in_quotes(value) + " leads nowhere");
    routes.push_back(value);
  }
  return routes;
}

}  // namespace snom::sip
