#include "sip/dialog.h"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "runtime/guard.h"
#include "sip/sip_uri.h"
#include "sip/token.h"

namespace snom::sip {

namespace {

constexpr std::chrono::seconds longest_ringing{180};
constexpr std::chrono::seconds longest_ending{40};  ///< beyond 64*T1
constexpr int most_redirections = 5;
constexpr std::size_t most_targets = 10;

/// The dialog's number, to start the o= line's session with.
std::uint64_t session_number() { return std::strtoull(random_token().substr(0, 8).c_str(), nullptr, 16); }

}  // namespace

Dialog::Dialog(UserAgentCore& core, PhoneAccount& account, MediaPort media)
    : core_(core), account_(account), id_(core.next_call()), media_(std::move(media)), session_(session_number()) {}

Dialog::~Dialog() {
  cancel_limit();
  if (again_set_) core_.loop().cancel(again_);
  core_.requests().abandon(this);
  core_.forget_hops(this);
  if (outgoing_ != nullptr) nta_outgoing_destroy(outgoing_);
  if (incoming_ != nullptr) nta_incoming_destroy(incoming_);
  if (reinvited_ != nullptr) nta_incoming_destroy(reinvited_);
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
  if (leg_ == nullptr || nta_leg_tag(leg_, nullptr) == nullptr || !transmit_invite(target_, {core_.route(), true})) {
    ended(400, "'" + uri + "' cannot be called");
    return;
  }
  limit(longest_ringing, 408, "no answer within 180 s");
}

bool Dialog::transmit_invite(const std::string& target, const UserAgentCore::Hop& hop) {
  target_ = without_headers(target);  // the library would make header fields of ours of them
  invite_hop_ = hop;
  is_heard_ = false;
  asked_hold_ = hold_wanted_;
  std::string headers = account_.common_headers();
  if (hop.server) headers += account_.digest().headers("INVITE", target_);
  const std::string contact = account_.contact();
  const std::string offer = sdp_offer(local_media());
  if (outgoing_ != nullptr) nta_outgoing_destroy(std::exchange(outgoing_, nullptr));
  // As one of a user agent's, the library would answer each further 200 to this INVITE by itself, with an ACK and a BYE
  // to whatever address, or name that it would resolve, is in there. So to the library it is one of a proxy's; whoever
  // else has answered hears nothing, and ends his call by himself (RFC 3261 section 13.3.1.4).
  nta_agent_set_params(core_.agent(), NTATAG_UA(0), TAG_END());
  outgoing_ = nta_outgoing_tcreate(leg_, &Dialog::on_invite_response, reinterpret_cast<nta_outgoing_magic_t*>(this),
                                   reinterpret_cast<const url_string_t*>(invite_hop_.url.c_str()), SIP_METHOD_INVITE,
                                   reinterpret_cast<const url_string_t*>(target_.c_str()),
                                   SIPTAG_CONTACT_STR(contact.c_str()), SIPTAG_ALLOW_STR(phone_methods),
                                   SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(offer.c_str()),
                                   SIPTAG_HEADER_STR(headers.c_str()), NTATAG_PASS_100(1), TAG_END());
  nta_agent_set_params(core_.agent(), NTATAG_UA(1), TAG_END());
  return outgoing_ != nullptr;
}

int Dialog::on_invite_response(nta_outgoing_magic_t* magic, nta_outgoing_t* transaction, const sip_t* sip) {
  auto& self = *reinterpret_cast<Dialog*>(magic);
  // A further answer, while it is looked up where the ACK of the first one goes, is passed over.
  if (transaction != self.outgoing_ || self.acknowledging_) return 0;
  const int status = nta_outgoing_status(transaction);
  runtime::guarded("an answer to an INVITE", [&] {
    if (self.phase_ == Phase::talking) {
      self.reinvite_response(status, sip);
    } else {
      self.invite_response(status, sip);
    }
  });
  return 0;
}

void Dialog::invite_response(int status, const sip_t* sip) {
  if (status < 200) {
    // Not before there is an answer (RFC 3261 section 9.1).
    if (!std::exchange(is_heard_, true) && phase_ == Phase::ending) cancel();
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

/// The library's own way to cancel would let go of the INVITE at once where it takes it for a proxy's.
void Dialog::cancel() {
  const MessageRef invite(nta_outgoing_getrequest(outgoing_));
  const std::string number = std::to_string(sip_cseq(sip_object(invite.get()))->cs_seq) + " CANCEL";
  const std::string branch(text(nta_outgoing_branch(outgoing_)));
  nta_outgoing_t* sent =
      nta_outgoing_tcreate(leg_, nullptr, nullptr, reinterpret_cast<const url_string_t*>(invite_hop_.url.c_str()),
                           SIP_METHOD_CANCEL, reinterpret_cast<const url_string_t*>(target_.c_str()),
                           SIPTAG_CSEQ_STR(number.c_str()), NTATAG_BRANCH_KEY(branch.c_str()), TAG_END());
  if (sent != nullptr) nta_outgoing_destroy(sent);
}

void Dialog::invite_accepted(const sip_t* sip) {
  nta_leg_rtag(leg_, sip_to(sip)->a_tag);
  nta_leg_client_route(leg_, sip_record_route(sip), sip_contact(sip));
  if (const sip_contact_t* contact = sip_contact(sip); contact != nullptr) target_ = url_text(contact->m_url);
  cancel_limit();
  accepted_ = true;
  take_answer(sip);
  acknowledge(sip, [this] {
    accepted_ = false;
    held_ = asked_hold_;
    if (phase_ == Phase::ending) {  // given up while the answer was on its way (RFC 3261 section 9.1)
      say_bye();
      return;
    }
    phase_ = Phase::talking;
    core_.later([&observer = account_.observer(), id = id_] { observer.call_answered(id); });
    tell_hold();
    reinvite_if_wanted();
  });
}

void Dialog::invite_refused(int status, const sip_t* sip) {
  if (phase_ == Phase::ending) {
    nta_outgoing_destroy(std::exchange(outgoing_, nullptr));
    core_.bury(id_);
    return;
  }
  // The answer goes with our INVITE.
  const std::string reason = reason_of(sip);
  // Whoever else was called, after a redirection, gets nothing that is signed.
  if (invite_hop_.server && challenges_ < most_challenges &&
      take_challenge(account_.digest(), sip_method_invite, status, sip)) {
    ++challenges_;
    if (transmit_invite(std::string(target_), UserAgentCore::Hop(invite_hop_))) return;
    return try_next_target(status, reason);
  }
  if (status / 100 == 3 && sip != nullptr && redirections_ < most_redirections) {
    ++redirections_;
    std::vector<std::pair<double, std::string>> contacts;
    for (const sip_contact_t* contact = sip_contact(sip); contact != nullptr; contact = contact->m_next) {
      const double q = contact->m_q == nullptr ? 1.0 : std::strtod(contact->m_q, nullptr);
      // Not with the headers that it would have in the request (RFC 3261 section 19.1.5): those are the phone's own.
      std::string uri(without_headers(url_text(contact->m_url)));
      if (uri != target_ && contacts.size() < most_targets) contacts.emplace_back(q, std::move(uri));
    }
    std::stable_sort(contacts.begin(), contacts.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::for_each(contacts.rbegin(), contacts.rend(), [this](auto& entry) { targets_.push_front(entry.second); });
  }
  nta_outgoing_destroy(std::exchange(outgoing_, nullptr));
  // After a 6xx nobody else is asked (RFC 3261 section 21.6).
  if (status >= 600) targets_.clear();
  try_next_target(status, reason);
}

/// `status` and `reason`: what the call ends with when there is no other target.
void Dialog::try_next_target(int status, const std::string& reason) {
  if (targets_.empty()) return ended(status, reason);
  const std::string next = std::move(targets_.front());
  targets_.pop_front();
  core_.find_hop(next, account_, this, [this, next](const tl::expected<UserAgentCore::Hop, std::string>& hop) {
    if (phase_ != Phase::inviting) return;
    if (!hop) return try_next_target(503, hop.error());
    if (!transmit_invite(next, *hop)) try_next_target(400, "'" + next + "' cannot be called");
  });
}

/// Sends the ACK of a 200 as soon as it is known where to; our INVITE's transaction is kept until then.
void Dialog::acknowledge(const sip_t* response, std::function<void()> then) {
  const std::string number = std::to_string(sip_cseq(response)->cs_seq) + " ACK";
  acknowledging_ = true;
  find_hop([this, number, then = std::move(then)](const tl::expected<UserAgentCore::Hop, std::string>& hop) {
    acknowledging_ = false;
    if (!hop) return unreachable(hop.error());
    // With the branch named the library adds no credentials of the INVITE, which are for our server only.
    const std::string branch(text(nta_outgoing_branch(outgoing_)));
    nta_outgoing_t* ack = nta_outgoing_tcreate(
        leg_, nullptr, nullptr, reinterpret_cast<const url_string_t*>(hop->url.c_str()), SIP_METHOD_ACK,
        reinterpret_cast<const url_string_t*>(target_.c_str()), SIPTAG_CSEQ_STR(number.c_str()),
        TAG_IF(!hop->server, NTATAG_ACK_BRANCH(branch.c_str())), TAG_END());
    // The library keeps it to answer repetitions of the 200 with.
    if (ack != nullptr) nta_outgoing_destroy(ack);
    nta_outgoing_destroy(std::exchange(outgoing_, nullptr));
    then();
  });
}

// -- they call

bool Dialog::invited(MessageRef message) {
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
  const auto refuse = [this](const PhoneAnswer& answer) {
    reply(incoming_, answer, account_.options().user_agent);
    nta_incoming_destroy(std::exchange(incoming_, nullptr));
    return false;
  };
  if (const auto refused = refused_beforehand(sip)) return refuse(*refused);
  const Home home;
  const sip_accept_t* session = sip_accept_make(home, "application/sdp");
  if (nta_check_accept(incoming_, sip, session, nullptr, TAG_END()) >= 200) {  // 406: it takes no answer of ours
    nta_incoming_destroy(std::exchange(incoming_, nullptr));
    return false;
  }
  if (sip_contact(sip) == nullptr) return refuse({400, {}, {}});
  if (const PhoneAnswer taken = take_offer(sip); taken.status != 200) return refuse(taken);
  // Known by the time that something is sent, or the call cannot be.
  find_hop([this](const tl::expected<UserAgentCore::Hop, std::string>& hop) {
    if (!hop && announced_) unreachable(hop.error());
  });
  if (hop_ && !*hop_) return refuse({400, "Contact Not Reachable", {}});
  const int status = account_.observer().incoming_call(id_, caller);
  if (status != 180) return refuse({status, {}, {}});
  announced_ = true;
  nta_incoming_treply(incoming_, SIP_180_RINGING, SIPTAG_CONTACT_STR(account_.contact().c_str()),
                      SIPTAG_SERVER_STR(account_.options().user_agent.c_str()), TAG_END());
  limit(longest_ringing, 480, "not answered within 180 s");
  return true;
}

/// 200 when it is one that can be answered; answer_ is our part of it then.
PhoneAnswer Dialog::take_offer(const sip_t* sip) {
  const std::string_view offer = body_of(sip);
  offered_ = offer.empty();
  if (offered_) {  // they leave the offer to us (RFC 3261 section 13.2.1)
    answer_ = sdp_offer(local_media());
    return {};
  }
  const std::string type = content_type_of(sip);
  if (!type.empty() && type != "application/sdp") return {415, {}, {{sip_accept_class, "application/sdp"}}};
  const auto answered = sdp_answer(offer, local_media());
  if (!answered) return {488, {}, {}};
  answer_ = answered->text;
  theirs_ = answered->offered;
  tell_hold();
  return {};
}

/// Of an offer of ours, in a 200 or in an ACK.
void Dialog::take_answer(const sip_t* sip) {
  const std::string type = content_type_of(sip);
  if (!type.empty() && type != "application/sdp") return;
  if (const auto direction = sdp_direction(body_of(sip))) theirs_ = *direction;
  tell_hold();
}

/// Where the other end does not hear, it holds. Told from the beginning of the conversation on.
void Dialog::tell_hold() {
  const bool held = theirs_ == MediaDirection::sendonly || theirs_ == MediaDirection::inactive;
  if (phase_ != Phase::talking || held == held_by_them_) return;
  held_by_them_ = held;
  core_.later([&observer = account_.observer(), id = id_, held] { observer.call_held_by_peer(id, held); });
}

int Dialog::on_ack_or_cancel(nta_incoming_magic_t* magic, nta_incoming_t* transaction, const sip_t* sip) {
  auto& self = *reinterpret_cast<Dialog*>(magic);
  if (transaction != self.incoming_ && transaction != self.reinvited_) return 0;
  runtime::guarded("an ACK or CANCEL", [&] { self.ack_or_cancel(transaction, sip); });
  return 0;
}

void Dialog::ack_or_cancel(nta_incoming_t* transaction, const sip_t* sip) {
  const sip_request_t* line = sip == nullptr ? nullptr : sip_request(sip);
  if (transaction == reinvited_) {
    nta_incoming_destroy(std::exchange(reinvited_, nullptr));
    if (line == nullptr) {
      not_acknowledged();
    } else if (line->rq_method == sip_method_ack) {
      acknowledged(sip);
    }
  } else if (line == nullptr) {
    phase_ == Phase::answered ? not_acknowledged() : ended(408, "the call was given up");
  } else if (line->rq_method == sip_method_cancel) {
    nta_incoming_treply(transaction, SIP_487_REQUEST_CANCELLED, TAG_END());
    ended(487, "the caller gave up");
  } else if (line->rq_method == sip_method_ack) {
    if (phase_ == Phase::answered) {
      phase_ = Phase::talking;
      cancel_limit();
      acknowledged(sip);
    } else if (phase_ == Phase::ending && limit_set_) {
      // Hung up before the ACK was here: now the dialog may be ended (RFC 3261 section 15).
      cancel_limit();
      say_bye();
    }
  }
}

void Dialog::acknowledged(const sip_t* ack) {
  if (std::exchange(offered_, false)) take_answer(ack);
  tell_hold();
  reinvite_if_wanted();
}

void Dialog::not_acknowledged() {
  if (phase_ == Phase::ending) return;
  account_.observer().call_ended(id_, 408, "the answer was not acknowledged");
  phase_ = Phase::ending;
  say_bye();
}

void Dialog::answer() {
  if (phase_ != Phase::ringing || incoming_ == nullptr) return;
  phase_ = Phase::answered;
  cancel_limit();
  nta_incoming_treply(incoming_, SIP_200_OK, SIPTAG_CONTACT_STR(account_.contact().c_str()),
                      SIPTAG_ALLOW_STR(phone_methods), SIPTAG_SERVER_STR(account_.options().user_agent.c_str()),
                      SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(answer_.c_str()), TAG_END());
}

void Dialog::reject(int status) {
  if (incoming_ == nullptr || phase_ != Phase::ringing) return hang_up();
  phase_ = Phase::ending;
  cancel_limit();
  nta_incoming_treply(incoming_, status, sip_status_phrase(status), TAG_END());
  core_.bury(id_);
}

void Dialog::hang_up() {
  switch (phase_) {
    case Phase::ringing:
      return reject(480);
    case Phase::ending:
      return;
    case Phase::inviting:
      phase_ = Phase::ending;
      if (outgoing_ == nullptr) return core_.bury(id_);
      if (is_heard_ && !accepted_) cancel();
      return limit(longest_ending, 0, {});
    case Phase::answered:
      phase_ = Phase::ending;
      return limit(longest_ending, 0, {});
    case Phase::talking:
      phase_ = Phase::ending;
      return say_bye();
  }
}

}  // namespace snom::sip
