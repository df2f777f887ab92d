#include "sip/dialog.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <random>
#include <utility>
#include <vector>

#include "sip/token.h"

namespace snom::sip {

namespace {

constexpr const char* allowed = "INVITE, ACK, CANCEL, BYE, REFER, OPTIONS, NOTIFY, MESSAGE, INFO";
constexpr std::chrono::seconds longest_ringing{180};
constexpr std::chrono::seconds longest_ending{40};  ///< beyond 64*T1
constexpr int most_redirections = 5;
constexpr int most_challenges = 3;
constexpr std::size_t most_targets = 10;

std::string_view body_of(const sip_t* sip) {
  const sip_payload_t* payload = sip == nullptr ? nullptr : sip_payload(sip);
  if (payload == nullptr || payload->pl_data == nullptr) return {};
  return {payload->pl_data, payload->pl_len};
}

std::string reason_of(const sip_t* sip) {
  const sip_status_t* line = sip == nullptr ? nullptr : sip_status(sip);
  return line == nullptr ? std::string("no answer") : std::string(text(line->st_phrase));
}

/// The dialog's number, to start the o= line's session with.
std::uint64_t session_number() { return std::strtoull(random_token().substr(0, 8).c_str(), nullptr, 16); }

/// "Signal=5" of an application/dtmf-relay body; empty when there is none.
std::string dtmf_signal(std::string_view body) {
  std::string plain;
  for (const char c : body) plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto at = plain.find("signal=");
  if (at == std::string::npos) return {};
  auto from = at + 7;
  while (from < body.size() && body[from] == ' ') ++from;
  const auto to = std::min(body.find_first_of("\r\n", from), body.size());
  return std::string(body.substr(from, std::min<std::size_t>(to - from, 16)));
}

}  // namespace

Dialog::Dialog(UserAgentCore& core, PhoneAccount& account, MediaPort media)
    : core_(core), account_(account), id_(core.next_call()), media_(std::move(media)), session_(session_number()) {}

Dialog::~Dialog() {
  cancel_limit();
  core_.requests().abandon(this);
  if (outgoing_ != nullptr) nta_outgoing_destroy(outgoing_);
  if (incoming_ != nullptr) nta_incoming_destroy(incoming_);
  if (leg_ != nullptr) nta_leg_destroy(leg_);
}

LocalMedia Dialog::local_media() {
  LocalMedia local;
  local.address = core_.local_host();
  local.port = media_.port();
  local.session = session_;
  local.version = ++version_;
  local.direction = hold_wanted_ ? MediaDirection::sendonly : MediaDirection::sendrecv;
  return local;
}

void Dialog::limit(std::chrono::seconds time, int status, const std::string& reason) {
  cancel_limit();
  limit_set_ = true;
  limit_ = core_.loop().after(time, [this, status, reason] {
    limit_set_ = false;
    if (phase_ == Phase::ending) {
      core_.bury(id_);
      return;
    }
    const bool theirs = phase_ == Phase::ringing;
    account_.observer().call_ended(id_, status, reason);
    if (theirs) {
      reject(status);
    } else {
      hang_up();
    }
  });
}

void Dialog::cancel_limit() {
  if (limit_set_) core_.loop().cancel(limit_);
  limit_set_ = false;
}

void Dialog::ended(int status, const std::string& reason) {
  if (phase_ == Phase::ending) {
    core_.bury(id_);
    return;
  }
  phase_ = Phase::ending;
  cancel_limit();
  core_.bury(id_);
  core_.later([&observer = account_.observer(), id = id_, status, reason] { observer.call_ended(id, status, reason); });
}

// -- we call

void Dialog::invite(const std::string& uri) {
  target_ = uri;
  leg_ =
      nta_leg_tcreate(core_.agent(), &Dialog::on_request, reinterpret_cast<nta_leg_magic_t*>(this),
                      SIPTAG_FROM_STR(("<" + account_.address() + ">").c_str()),
                      SIPTAG_TO_STR(("<" + uri + ">").c_str()), SIPTAG_CALL_ID_STR(random_token().c_str()), TAG_END());
  if (leg_ == nullptr || nta_leg_tag(leg_, nullptr) == nullptr || !transmit_invite(target_, true)) {
    ended(400, "'" + uri + "' cannot be called");
    return;
  }
  limit(longest_ringing, 408, "no answer within 180 s");
}

bool Dialog::transmit_invite(const std::string& target, bool by_server) {
  target_ = target;
  by_server_ = by_server;
  const std::string headers = account_.common_headers() + account_.digest().headers("INVITE", target);
  const std::string contact = account_.contact();
  const std::string offer = sdp_offer(local_media());
  if (outgoing_ != nullptr) nta_outgoing_destroy(std::exchange(outgoing_, nullptr));
  outgoing_ = nta_outgoing_tcreate(leg_, &Dialog::on_invite_response, reinterpret_cast<nta_outgoing_magic_t*>(this),
                                   by_server ? reinterpret_cast<const url_string_t*>(core_.route().c_str()) : nullptr,
                                   SIP_METHOD_INVITE, reinterpret_cast<const url_string_t*>(target.c_str()),
                                   SIPTAG_CONTACT_STR(contact.c_str()), SIPTAG_ALLOW_STR(allowed),
                                   SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(offer.c_str()),
                                   SIPTAG_HEADER_STR(headers.c_str()), TAG_END());
  return outgoing_ != nullptr;
}

int Dialog::on_invite_response(nta_outgoing_magic_t* magic, nta_outgoing_t* transaction, const sip_t* sip) {
  auto& self = *reinterpret_cast<Dialog*>(magic);
  if (transaction != self.outgoing_) return 0;
  const int status = nta_outgoing_status(transaction);
  if (self.phase_ == Phase::talking) {
    self.reinvite_response(status, sip);
  } else {
    self.invite_response(status, sip);
  }
  return 0;
}

void Dialog::invite_response(int status, const sip_t* sip) {
  if (status < 200) {
    if (status > 100 && phase_ == Phase::inviting) {
      core_.later([this, id = id_, status] {
        Dialog* still = core_.find(id);
        if (still != nullptr && still->phase_ == Phase::inviting) still->account_.observer().call_progress(id, status);
      });
    }
    return;
  }
  if (status < 300) {
    invite_accepted(sip);
  } else {
    invite_refused(status, sip);
  }
}

void Dialog::invite_accepted(const sip_t* sip) {
  nta_leg_rtag(leg_, sip_to(sip)->a_tag);
  nta_leg_client_route(leg_, sip_record_route(sip), sip_contact(sip));
  if (const sip_contact_t* contact = sip_contact(sip); contact != nullptr) target_ = url_text(contact->m_url);
  acknowledge(sip);
  nta_outgoing_destroy(std::exchange(outgoing_, nullptr));
  cancel_limit();
  if (phase_ == Phase::ending) {  // given up while the answer was on its way (RFC 3261 section 9.1)
    say_bye();
    return;
  }
  phase_ = Phase::talking;
  core_.later([&observer = account_.observer(), id = id_] { observer.call_answered(id); });
  if (hold_wanted_ != held_) reinvite();
}

void Dialog::invite_refused(int status, const sip_t* sip) {
  if (phase_ == Phase::ending) {
    nta_outgoing_destroy(std::exchange(outgoing_, nullptr));
    core_.bury(id_);
    return;
  }
  if (challenges_ < most_challenges && take_challenge(account_.digest(), status, sip)) {
    ++challenges_;
    if (transmit_invite(std::string(target_), by_server_)) return;
  }
  if (status / 100 == 3 && sip != nullptr && redirections_ < most_redirections) {
    ++redirections_;
    std::vector<std::pair<double, std::string>> contacts;
    for (const sip_contact_t* contact = sip_contact(sip); contact != nullptr; contact = contact->m_next) {
      const double q = contact->m_q == nullptr ? 1.0 : std::strtod(contact->m_q, nullptr);
      std::string uri = url_text(contact->m_url);
      if (uri != target_ && contacts.size() < most_targets) contacts.emplace_back(q, std::move(uri));
    }
    std::stable_sort(contacts.begin(), contacts.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::for_each(contacts.rbegin(), contacts.rend(), [this](auto& entry) { targets_.push_front(entry.second); });
  }
  // After a 6xx nobody else is asked (RFC 3261 section 21.6).
  if (status < 600 && try_next_target()) return;
  nta_outgoing_destroy(std::exchange(outgoing_, nullptr));
  ended(status, reason_of(sip));
}

bool Dialog::try_next_target() {
  while (!targets_.empty()) {
    const std::string next = std::move(targets_.front());
    targets_.pop_front();
    if (transmit_invite(next, false)) return true;
  }
  return false;
}

void Dialog::acknowledge(const sip_t* response) {
  const std::string number = std::to_string(sip_cseq(response)->cs_seq) + " ACK";
  nta_outgoing_t* ack = nta_outgoing_tcreate(leg_, nullptr, nullptr, nullptr, SIP_METHOD_ACK,
                                             reinterpret_cast<const url_string_t*>(target_.c_str()),
                                             SIPTAG_CSEQ_STR(number.c_str()), TAG_END());
  // The library keeps it to answer repetitions of the 200 with.
  if (ack != nullptr) nta_outgoing_destroy(ack);
}

// -- they call

bool Dialog::invited(MessageRef message) {
  invited_ = true;
  phase_ = Phase::ringing;
  sip_t* sip = sip_object(message.get());
  leg_ =
      nta_leg_tcreate(core_.agent(), &Dialog::on_request, reinterpret_cast<nta_leg_magic_t*>(this),
                      SIPTAG_CALL_ID(sip_call_id(sip)), SIPTAG_FROM(sip_to(sip)), SIPTAG_TO(sip_from(sip)), TAG_END());
  if (leg_ == nullptr || nta_leg_tag(leg_, nullptr) == nullptr) return false;
  nta_leg_server_route(leg_, sip_record_route(sip), sip_contact(sip));
  if (const sip_contact_t* contact = sip_contact(sip); contact != nullptr) target_ = url_text(contact->m_url);
  const url_t* from = sip_from(sip)->a_url;
  const std::string caller = from->url_user != nullptr ? url_user(from) : url_text(from);

  msg_t* request = message.release();
  incoming_ = nta_incoming_create(core_.agent(), leg_, request, sip, TAG_END());
  if (incoming_ == nullptr) return false;
  nta_incoming_bind(incoming_, &Dialog::on_ack_or_cancel, reinterpret_cast<nta_incoming_magic_t*>(this));
  const auto refuse = [this](int status) {
    nta_incoming_treply(incoming_, status, sip_status_phrase(status), TAG_END());
    nta_incoming_destroy(std::exchange(incoming_, nullptr));
    return false;
  };
  if (const int refused = nta_check_required(incoming_, sip, nullptr, TAG_END()); refused >= 200) {
    nta_incoming_destroy(std::exchange(incoming_, nullptr));
    return false;
  }
  if (sip_contact(sip) == nullptr) return refuse(400);
  if (!take_offer(sip)) return refuse(488);
  const int status = account_.observer().incoming_call(id_, caller);
  if (status != 180) return refuse(status);
  nta_incoming_treply(incoming_, SIP_180_RINGING, SIPTAG_CONTACT_STR(account_.contact().c_str()),
                      SIPTAG_SERVER_STR(account_.options().user_agent.c_str()), TAG_END());
  limit(longest_ringing, 480, "not answered within 180 s");
  return true;
}

bool Dialog::take_offer(const sip_t* sip) {
  const std::string_view offer = body_of(sip);
  if (offer.empty()) {  // they leave the offer to us (RFC 3261 section 13.2.1)
    answer_ = sdp_offer(local_media());
    return true;
  }
  const auto answered = sdp_answer(offer, local_media());
  if (!answered) return false;
  answer_ = answered->text;
  tell_hold(answered->offered);
  return true;
}

void Dialog::tell_hold(MediaDirection theirs) {
  const auto held = [](MediaDirection d) { return d == MediaDirection::sendonly || d == MediaDirection::inactive; };
  const bool changed = held(theirs) != held(theirs_);
  theirs_ = theirs;
  if (changed && phase_ == Phase::talking) {
    core_.later([&observer = account_.observer(), id = id_, on = held(theirs)] { observer.call_held_by_peer(id, on); });
  }
}

int Dialog::on_ack_or_cancel(nta_incoming_magic_t* magic, nta_incoming_t* transaction, const sip_t* sip) {
  auto& self = *reinterpret_cast<Dialog*>(magic);
  if (transaction != self.incoming_) return 0;
  const sip_request_t* line = sip == nullptr ? nullptr : sip_request(sip);
  if (line != nullptr && line->rq_method == sip_method_cancel) {
    nta_incoming_treply(transaction, SIP_487_REQUEST_CANCELLED, TAG_END());
    self.ended(487, "the caller gave up");
  } else if (line != nullptr && line->rq_method == sip_method_ack) {
    if (self.phase_ == Phase::answered) {
      self.phase_ = Phase::talking;
      self.cancel_limit();
      if (self.hold_wanted_ != self.held_) self.reinvite();
    } else if (self.phase_ == Phase::ending && self.limit_set_) {
      // Hung up before the ACK was here: now the dialog may be ended (RFC 3261 section 15).
      self.cancel_limit();
      self.say_bye();
    }
  } else if (self.phase_ == Phase::answered) {  // no ACK came
    self.account_.observer().call_ended(self.id_, 408, "the answer was not acknowledged");
    self.phase_ = Phase::ending;
    self.say_bye();
  } else {
    self.ended(408, "the call was given up");
  }
  return 0;
}

void Dialog::answer() {
  if (phase_ != Phase::ringing || incoming_ == nullptr) return;
  phase_ = Phase::answered;
  cancel_limit();
  nta_incoming_treply(incoming_, SIP_200_OK, SIPTAG_CONTACT_STR(account_.contact().c_str()), SIPTAG_ALLOW_STR(allowed),
                      SIPTAG_SERVER_STR(account_.options().user_agent.c_str()),
                      SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(answer_.c_str()), TAG_END());
}

void Dialog::reject(int status) {
  if (incoming_ == nullptr || phase_ != Phase::ringing) return hang_up();
  phase_ = Phase::ending;
  cancel_limit();
  nta_incoming_treply(incoming_, status, sip_status_phrase(status), TAG_END());
  core_.bury(id_);
}

// -- while it lasts

void Dialog::hang_up() {
  switch (phase_) {
    case Phase::ringing:
      return reject(480);
    case Phase::ending:
      return;
    case Phase::inviting:
      phase_ = Phase::ending;
      if (outgoing_ == nullptr) return core_.bury(id_);
      nta_outgoing_tcancel(outgoing_, nullptr, nullptr, TAG_END());
      return limit(longest_ending, 0, {});
    case Phase::answered:
      phase_ = Phase::ending;
      return limit(longest_ending, 0, {});
    case Phase::talking:
      phase_ = Phase::ending;
      return say_bye();
  }
}

void Dialog::say_bye() {
  request_in_dialog(SIP_METHOD_BYE, {}, {}, {}, [this](int, const std::string&) { core_.bury(id_); });
}

void Dialog::request_in_dialog(sip_method_t method, const char* name, std::string headers, std::string content_type,
                               std::string body, Account::Done done) {
  ClientRequests::Request request;
  request.method = method;
  request.method_name = name;
  request.uri = target_;
  request.headers = std::move(headers) + account_.common_headers();
  if (method != sip_method_bye) request.headers += "Contact: " + account_.contact() + "\r\n";
  request.content_type = std::move(content_type);
  request.body = std::move(body);
  request.dialog = leg_;
  core_.requests().send(std::move(request), account_.digest(), this,
                        [done = std::move(done)](const ClientRequests::Response& response) {
                          if (done) done(response.sip == nullptr ? 0 : response.status, response.reason);
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
  request_in_dialog(SIP_METHOD_REFER, "Refer-To: <" + uri + ">\r\nReferred-By: <" + account_.address() + ">\r\n", {},
                    {}, std::move(done));
}

void Dialog::hold(bool on) {
  hold_wanted_ = on;
  if (phase_ == Phase::talking && outgoing_ == nullptr && hold_wanted_ != held_) reinvite();
}

void Dialog::reinvite() {
  challenges_ = 0;
  held_ = hold_wanted_;
  if (!transmit_invite(std::string(target_), false)) held_ = !hold_wanted_;
}

void Dialog::reinvite_response(int status, const sip_t* sip) {
  if (status < 200) return;
  if (status < 300) {
    nta_leg_client_reroute(leg_, nullptr, sip_contact(sip), 0);
    if (const sip_contact_t* contact = sip_contact(sip); contact != nullptr) target_ = url_text(contact->m_url);
    acknowledge(sip);
  } else if (challenges_ < most_challenges && take_challenge(account_.digest(), status, sip)) {
    ++challenges_;
    if (transmit_invite(std::string(target_), false)) return;
  }
  nta_outgoing_destroy(std::exchange(outgoing_, nullptr));
  if (status == 408 || status == 481) {  // the dialog is gone (RFC 3261 section 14.1)
    account_.observer().call_ended(id_, status, reason_of(sip));
    phase_ = Phase::ending;
    say_bye();
  } else if (status < 300 && hold_wanted_ != held_) {
    reinvite();
  }
}

// -- what they ask for

int Dialog::on_request(nta_leg_magic_t* magic, nta_leg_t* /*leg*/, nta_incoming_t* transaction, const sip_t* sip) {
  auto& self = *reinterpret_cast<Dialog*>(magic);
  const sip_request_t* line = sip == nullptr ? nullptr : sip_request(sip);
  if (line == nullptr) return 500;
  switch (line->rq_method) {
    case sip_method_ack:
      return 0;
    case sip_method_bye:
      if (self.phase_ != Phase::ending && self.incoming_ != nullptr && self.phase_ == Phase::ringing) {
        nta_incoming_treply(self.incoming_, SIP_487_REQUEST_CANCELLED, TAG_END());
      }
      if (self.phase_ != Phase::ending) self.ended(0, "hung up there");
      return 200;
    case sip_method_invite:
      return self.reinvited(transaction, sip);
    case sip_method_info:
      return self.info(sip);
    case sip_method_options:
    case sip_method_notify:
    case sip_method_message:
      return 200;
    case sip_method_refer:
      return 603;
    default:
      return 405;
  }
}

int Dialog::reinvited(nta_incoming_t* transaction, const sip_t* sip) {
  if (phase_ == Phase::ending) return 481;
  if (phase_ != Phase::talking || outgoing_ != nullptr) return 491;
  if (!take_offer(sip)) return 488;
  nta_leg_server_route(leg_, nullptr, sip_contact(sip));
  if (const sip_contact_t* contact = sip_contact(sip); contact != nullptr) target_ = url_text(contact->m_url);
  nta_incoming_treply(transaction, SIP_200_OK, SIPTAG_CONTACT_STR(account_.contact().c_str()),
                      SIPTAG_ALLOW_STR(allowed), SIPTAG_SERVER_STR(account_.options().user_agent.c_str()),
                      SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(answer_.c_str()), TAG_END());
  nta_incoming_destroy(transaction);
  return 0;
}

int Dialog::info(const sip_t* sip) {
  const std::string digits = dtmf_signal(body_of(sip));
  if (!digits.empty()) {
    core_.later([&observer = account_.observer(), id = id_, digits] { observer.dtmf_received(id, digits); });
  }
  return 200;
}

}  // namespace snom::sip
