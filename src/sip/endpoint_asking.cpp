// Phones of whose registrations nobody tells: what Endpoint does for them.
#include <utility>

#include "language/percent.h"
#include "sip/endpoint.h"
#include "sip/next_hop.h"
#include "sip/phone_client.h"
#include "sip/token.h"

namespace snom::sip {
namespace {

/// It ends by silence, and never by time.
constexpr std::chrono::hours long_time{24 * 365};

[[nodiscard]] LocationTable::TimePoint now() { return std::chrono::steady_clock::now(); }

}  // namespace

void Endpoint::start_asking() {
  asked_ = std::make_unique<AskedPhones>(
      shared_.loop, profile_.asking->pace,
      AskedPhones::Callbacks{
          [this](const AskedPhones::Phone& phone, auto done) { ask(phone, std::move(done)); },
          [this](const AskedPhones::Phone& phone, const std::string& agent) { answered(phone, agent); },
          [this](const AskedPhones::Phone& phone, const std::string& why) { gone(phone, why); }});
  asked_->use(phones_to_ask());
}

bool Endpoint::is_asked(const User& user) const {
  return user.contact.empty() != profile_.asking->via.empty() &&
         (user.profile.empty() || user.profile == profile_.name);
}

std::vector<AskedPhones::Phone> Endpoint::phones_to_ask() const {
  std::vector<AskedPhones::Phone> phones;
  for (const User& user : shared_.users.all()) {
    if (!is_asked(user)) continue;
    phones.push_back({user.name, !user.contact.empty() ? user.contact.text()
                                                       : "sip:" + language::percent_encode_sip_user(user.name) + "@" +
                                                             bracketed(profile_.domain)});
  }
  return phones;
}

registration::Registration Endpoint::asked_registration(const AskedPhones::Phone& phone) const {
  registration::Registration made;
  made.user = phone.user;
  made.domain = profile_.domain;
  made.profile = profile_.name;
  made.contact = phone.contact;
  const auto& via = profile_.asking->via;
  if (const auto hop = via.empty() ? next_hop(phone.contact) : parse_transport_address(via)) {
    made.network_host = hop->host;
    made.network_port = hop->port;
    made.transport = hop->transport;
  }
  made.web = web_of(phone.user);
  made.expires = now() + long_time;
  made.direct = via.empty();
  return made;
}

bool Endpoint::is_there(const control::SipOutcome& outcome) const {
  if (!reached_the_phone(outcome)) return false;
  if (profile_.asking->via.empty()) return true;
  // What a phone, and no proxy, answers to OPTIONS and to what it is sent; others are not sure.
  constexpr int method_not_allowed = 405;
  constexpr int unsupported_type = 415;
  constexpr int busy = 486;
  constexpr int bad_event = 489;
  return outcome.accepted() || outcome.status == method_not_allowed || outcome.status == unsupported_type ||
         outcome.status == busy || outcome.status == bad_event;
}

void Endpoint::ask(const AskedPhones::Phone& phone, std::function<void(AskedPhones::Answer)> done) {
  const registration::RegistrationPointer target = asked_registration(phone);
  const auto tell = [this, done = std::move(done)](AskedPhones::Answer answer) {
    shared_.loop.post([done, answer = std::move(answer)] { done(answer); });
  };
  const auto way = route(target, {phone.contact, {}, 0});
  if (!way) return tell({});
  shared_.messages.ask(*way, target,
                       lifetime_.guard([this, tell](const control::SipOutcome& outcome, std::string user_agent) {
                         tell({is_there(outcome), std::move(user_agent)});
                       }));
}

void Endpoint::answered(const AskedPhones::Phone& phone, const std::string& user_agent) {
  const Binding* before = locations_.find_flow(phone.user, {phone.contact, {}, 0});
  auto made = asked_registration(phone);
  made.user_agent = user_agent;
  // A new one each time that it was silent before: to who watches, it started again.
  made.call_id = before == nullptr ? random_token() : before->call_id();
  LocationTable::Update update;
  update.call_id = made.call_id;
  update.cseq = before == nullptr ? 1 : before->cseq + 1;
  Binding binding;
  binding.cseq = update.cseq;
  binding.registered_at = now();
  binding.next_hop = TransportAddress{made.transport, made.network_host, made.network_port}.to_string();
  binding.phone = std::move(made);
  update.set.push_back(std::move(binding));
  if (const auto changes = locations_.apply(phone.user, update, now())) tell(*changes);
}

void Endpoint::gone(const AskedPhones::Phone& phone, const std::string& why) {
  take_out(phone.user, {phone.contact, {}, 0}, why);
}

void Endpoint::take_out(const std::string& user, const LocationTable::Flow& flow, const std::string& why) {
  const Binding* before = locations_.find_flow(user, flow);
  if (before == nullptr) return;
  LocationTable::Update update;
  update.call_id = before->call_id();
  update.cseq = before->cseq + 1;
  update.remove.push_back(flow);
  const auto changes = locations_.apply(user, update, now());
  if (!changes) return;
  sources_stale_ = true;
  for (const Binding& binding : changes->removed) shared_.observer.unregistered(binding.phone, why);
}

}  // namespace snom::sip
