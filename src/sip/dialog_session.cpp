#include <algorithm>
#include <charconv>
#include <random>
#include <utility>

#include "language/text.h"
#include "runtime/guard.h"
#include "sip/dialog.h"

/// A call while it lasts: hold, digits, transfer, and what the other end asks for.
namespace snom::sip {

namespace {

constexpr const char* digits_types = "application/dtmf-relay, application/dtmf";

/// "Signal=5" of an application/dtmf-relay body, or the digit that application/dtmf is; empty when there is none.
std::string dtmf_signal(const std::string& type, std::string_view body) {
  std::size_t from = 0;
  if (type != "application/dtmf") {
    const auto at = language::lower_case(body).find("signal=");
    if (at == std::string::npos) return {};
    from = at + 7;
  }
  while (from < body.size() && body[from] == ' ') ++from;
  const auto to = std::min(body.find_first_of("\r\n", from), body.size());
  return std::string(body.substr(from, std::min<std::size_t>(to - from, 16)));
}

/// 200 of "SIP/2.0 200 OK" (message/sipfrag, RFC 3420); 0 for anything else.
int status_of_fragment(std::string_view body) {
  constexpr std::string_view version = "SIP/2.0 ";
  int status = 0;
  if (body.starts_with(version)) std::from_chars(body.data() + version.size(), body.data() + body.size(), status);
  return status >= 100 && status <= 699 ? status : 0;
}

/// How long to wait after a re-INVITE crossed one of theirs (RFC 3261 section 14.1).
std::chrono::milliseconds pause_after_glare(bool ours) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return std::chrono::milliseconds(ours ? std::uniform_int_distribution<int>(2100, 4000)(random)
                                        : std::uniform_int_distribution<int>(0, 2000)(random));
}

}  // namespace

// -- where it goes

void Dialog::find_hop(HopKnown then) {
  const sip_route_t* route = nullptr;
  const sip_contact_t* contact = nullptr;
  nta_leg_get_route(leg_, &route, &contact);
  const std::string first = route != nullptr ? url_text(route->r_url) : target_;
  // Signed is only what goes to our server and no further.
  bool at_server = core_.is_at_server(target_, account_);
  std::string key = target_;
  for (; route != nullptr; route = route->r_next) {
    const std::string uri = url_text(route->r_url);
    at_server = at_server && core_.is_at_server(uri, account_);
    key += "\n" + uri;
  }
  if (hop_ && *hop_ && hop_uri_ == key) return then(tl::expected<UserAgentCore::Hop, std::string>(*hop_));
  core_.forget_hops(this);
  hop_.reset();
  hop_uri_ = std::move(key);
  waiting_.push_back(std::move(then));
  core_.find_hop(first, account_, this, [this, at_server](tl::expected<UserAgentCore::Hop, std::string> hop) {
    if (hop) hop->server = hop->server && at_server;
    hop_ = hop;
    for (const HopKnown& one : std::exchange(waiting_, {})) one(hop);
  });
}

void Dialog::when_hop_known(HopKnown then) {
  if (!hop_) return waiting_.push_back(std::move(then));
  then(tl::expected<UserAgentCore::Hop, std::string>(*hop_));
}

/// Nothing can be sent to the other end, not even a BYE.
void Dialog::unreachable(const std::string& why) {
  if (phase_ == Phase::ringing && incoming_ != nullptr) {
    reply(incoming_, {400, "Contact Not Reachable", {}}, account_.options().user_agent);
  }
  ended(503, why);
}

// -- what we ask for

void Dialog::say_bye() {
  request_in_dialog(SIP_METHOD_BYE, {}, {}, {}, [this](int, const std::string&) { core_.bury(id_); });
}

void Dialog::request_in_dialog(sip_method_t method, const char* name, std::string headers, std::string content_type,
                               std::string body, Account::Done done) {
  ClientRequests::Request request;
  request.method = method;
  request.method_name = name;
  request.headers = std::move(headers) + account_.common_headers();
  if (method != sip_method_bye) request.headers += "Contact: " + account_.contact() + "\r\n";
  request.content_type = std::move(content_type);
  request.body = std::move(body);
  request.dialog = leg_;
  when_hop_known([this, request = std::move(request),
                  done = std::move(done)](const tl::expected<UserAgentCore::Hop, std::string>& hop) mutable {
    if (!hop) {
      if (done) done(503, hop.error());
      return;
    }
    request.uri = target_;
    request.route = hop->url;
    request.to_our_server = hop->server;
    core_.requests().send(std::move(request), account_.digest(), this,
                          [done = std::move(done)](const ClientRequests::Response& response) {
                            if (done) done(response.sip == nullptr ? 0 : response.status, response.reason);
                          });
  });
}

void Dialog::send_dtmf(char digit, std::chrono::milliseconds duration) {
  if (phase_ != Phase::talking) return;
  request_in_dialog(SIP_METHOD_INFO, {}, "application/dtmf-relay",
                    std::string("Signal=") + digit + "\r\nDuration=" + std::to_string(duration.count()) + "\r\n", {});
}

void Dialog::transfer(const std::string& uri, Account::Done done) {
  if (phase_ != Phase::talking) {
    core_.later([done = std::move(done)] { done(481, "no such call"); });
    return;
  }
  referred_ = true;
  request_in_dialog(SIP_METHOD_REFER, "Refer-To: <" + uri + ">\r\nReferred-By: <" + account_.address() + ">\r\n", {},
                    {}, std::move(done));
}

void Dialog::hold(bool on) {
  hold_wanted_ = on;
  reinvite_if_wanted();
}

void Dialog::reinvite_if_wanted() {
  // One INVITE at a time, in either direction (RFC 3261 section 14.1).
  if (phase_ != Phase::talking || outgoing_ != nullptr || reinvited_ != nullptr || again_set_) return;
  if (hold_wanted_ != held_) reinvite();
}

void Dialog::reinvite() {
  when_hop_known([this](const tl::expected<UserAgentCore::Hop, std::string>& hop) {
    if (!hop || phase_ != Phase::talking || outgoing_ != nullptr || reinvited_ != nullptr) return;
    challenges_ = 0;
    if (!transmit_invite(std::string(target_), *hop)) hold_wanted_ = held_;
  });
}

void Dialog::reinvite_response(int status, const sip_t* sip) {
  if (status < 200) return;
  if (status < 300) {
    nta_leg_client_reroute(leg_, nullptr, sip_contact(sip), 0);
    if (const sip_contact_t* contact = sip_contact(sip); contact != nullptr) target_ = url_text(contact->m_url);
    take_answer(sip);
    acknowledge(sip, [this] {
      held_ = asked_hold_;
      reinvite_if_wanted();
    });
    return;
  }
  // The answer goes with our INVITE.
  const std::string reason = reason_of(sip);
  if (invite_hop_.server && challenges_ < most_challenges &&
      take_challenge(account_.digest(), sip_method_invite, status, sip)) {
    ++challenges_;
    if (transmit_invite(std::string(target_), UserAgentCore::Hop(invite_hop_))) return;
  }
  if (outgoing_ != nullptr) nta_outgoing_destroy(std::exchange(outgoing_, nullptr));
  if (status == 408 || status == 481) {  // the dialog is gone (RFC 3261 section 14.1)
    account_.observer().call_ended(id_, status, reason);
    phase_ = Phase::ending;
    say_bye();
  } else if (status == 491) {
    again_set_ = true;
    again_ = core_.loop().after(pause_after_glare(incoming_ == nullptr), [this] {
      again_set_ = false;
      reinvite_if_wanted();
    });
  } else {
    hold_wanted_ = held_;
  }
}

// -- what they ask for

int Dialog::on_request(nta_leg_magic_t* magic, nta_leg_t* /*leg*/, nta_incoming_t* transaction, const sip_t* sip) {
  auto& self = *reinterpret_cast<Dialog*>(magic);
  return runtime::guarded_or(500, "a request in a dialog", [&] { return self.requested(transaction, sip); });
}

int Dialog::requested(nta_incoming_t* transaction, const sip_t* sip) {
  const sip_request_t* line = sip == nullptr ? nullptr : sip_request(sip);
  if (line == nullptr) return 500;
  if (!takes_request() && line->rq_method != sip_method_bye) return overrun(transaction, line->rq_method);
  if (line->rq_method == sip_method_ack) return 200;  // never sent, and the library is to let go of it
  const auto refused = refused_beforehand(sip);
  if (!refused && line->rq_method == sip_method_invite) return reinvited(transaction, sip);
  const PhoneAnswer answer = refused ? *refused : answer_in_dialog(transaction, sip);
  reply(transaction, answer, account_.options().user_agent);
  return answer.status;
}

bool Dialog::takes_request() {
  const auto at = std::chrono::steady_clock::now();
  return requests_.take(at) && core_.takes_request_in_dialog(at);
}

/// The library keeps each request of a dialog, whatever becomes of it. What belongs to none is answered and forgotten:
/// so the dialog ends.
int Dialog::overrun(nta_incoming_t* transaction, sip_method_t method) {
  if (phase_ == Phase::ringing && incoming_ != nullptr)
    reply(incoming_, {503, "Too Many Requests", {}}, account_.options().user_agent);
  ended(503, "too many requests in the call");
  if (method != sip_method_ack) reply(transaction, {481, "Too Many Requests", {}}, account_.options().user_agent);
  return 481;
}

PhoneAnswer Dialog::answer_in_dialog(nta_incoming_t* transaction, const sip_t* sip) {
  const std::string& accepts = account_.options().accepts;
  const sip_method_t method = sip_request(sip)->rq_method;
  switch (method) {
    case sip_method_bye:
      if (phase_ == Phase::ringing && incoming_ != nullptr) {
        nta_incoming_treply(incoming_, SIP_487_REQUEST_CANCELLED, TAG_END());
      }
      if (phase_ != Phase::ending) ended(0, "hung up there");
      return {};
    case sip_method_cancel:  // for an INVITE that is not there
      return {481, {}, {}};
    case sip_method_info:
      return info(sip);
    case sip_method_options:
      return {200, {}, {{sip_allow_class, phone_methods}, {sip_accept_class, accepts}}};
    case sip_method_notify:
    case sip_method_message:
      return documented(transaction, sip);
    case sip_method_refer:  // nobody is transferred here
      return {603, {}, {}};
    default:
      return phone_answer(method, 405, accepts);
  }
}

/// A MESSAGE or NOTIFY acts as it does outside of a dialog, or is refused.
PhoneAnswer Dialog::documented(nta_incoming_t* transaction, const sip_t* sip) {
  const sip_method_t method = sip_request(sip)->rq_method;
  if (phase_ == Phase::ending) return {481, {}, {}};
  std::string event = method == sip_method_notify ? language::lower_case(header_value(sip_event(sip))) : std::string();
  event.resize(std::min(event.find(';'), event.size()));
  if (event == "refer") {
    const int status = status_of_fragment(body_of(sip));
    if (!referred_) return {481, {}, {}};
    if (status == 0) return {400, "Bad Fragment", {}};
    core_.later([&observer = account_.observer(), id = id_, status] { observer.transfer_progress(id, status); });
    return {};
  }
  const MessageRef request(nta_incoming_getrequest(transaction));
  const TransportAddress source = source_of(core_.agent(), request.get());
  int status = 0;
  if (event == "talk" || event == "hold") {
    // Whoever calls must not be able to have itself answered.
    status = core_.is_server(source) ? account_.observer().call_notify(id_, event) : 403;
  } else {
    status = core_.take_document(account_, sip, source);
  }
  return phone_answer(method, status == 0 ? 480 : status, account_.options().accepts);
}

PhoneAnswer Dialog::info(const sip_t* sip) {
  if (phase_ == Phase::ending) return {481, {}, {}};
  const std::string_view body = body_of(sip);
  if (body.empty()) return {};  // asks whether we are there
  const std::string type = content_type_of(sip);
  if (type != "application/dtmf-relay" && type != "application/dtmf")
    return {415, {}, {{sip_accept_class, digits_types}}};
  const std::string digits = dtmf_signal(type, body);
  if (digits.empty()) return {400, "No Signal", {}};
  core_.later([&observer = account_.observer(), id = id_, digits] { observer.dtmf_received(id, digits); });
  return {};
}

int Dialog::reinvited(nta_incoming_t* transaction, const sip_t* sip) {
  const auto refuse = [&](const PhoneAnswer& answer) {
    reply(transaction, answer, account_.options().user_agent);
    return answer.status;
  };
  if (phase_ == Phase::ending) return refuse({481, {}, {}});
  if (outgoing_ != nullptr) return refuse({491, {}, {}});
  // One before it is not over (RFC 3261 section 14.2).
  if (phase_ != Phase::talking || reinvited_ != nullptr) return refuse({500, {}, {{sip_retry_after_class, "5"}}});
  if (const PhoneAnswer taken = take_offer(sip); taken.status != 200) return refuse(taken);
  nta_leg_server_route(leg_, nullptr, sip_contact(sip));
  if (const sip_contact_t* contact = sip_contact(sip); contact != nullptr) target_ = url_text(contact->m_url);
  find_hop([this](const tl::expected<UserAgentCore::Hop, std::string>& hop) {
    if (!hop) unreachable(hop.error());
  });
  if (phase_ == Phase::ending) return refuse({400, "Contact Not Reachable", {}});
  nta_incoming_treply(transaction, SIP_200_OK, SIPTAG_CONTACT_STR(account_.contact().c_str()),
                      SIPTAG_ALLOW_STR(phone_methods), SIPTAG_SERVER_STR(account_.options().user_agent.c_str()),
                      SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(answer_.c_str()), TAG_END());
  reinvited_ = transaction;
  nta_incoming_bind(transaction, &Dialog::on_ack_or_cancel, reinterpret_cast<nta_incoming_magic_t*>(this));
  return 0;
}

}  // namespace snom::sip
