#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sip/kept_lately.h"
#include "sip/phone_answers.h"
#include "sip/user_agent_core.h"

namespace snom::sip {

/// One call: an INVITE dialog (RFC 3261 sections 12 to 15) with its offer and answer (RFC 3264). Loop's thread.
class Dialog final {
 public:
  Dialog(UserAgentCore& core, PhoneAccount& account, MediaPort media);
  ~Dialog();
  Dialog(const Dialog&) = delete;
  Dialog& operator=(const Dialog&) = delete;

  [[nodiscard]] CallId id() const { return id_; }
  [[nodiscard]] const PhoneAccount& account() const { return account_; }

  /// Calls; whatever goes wrong is told later.
  void invite(const std::string& uri);
  /// Takes an INVITE over. False when it was answered already; the dialog is then to be thrown away.
  [[nodiscard]] bool invited(MessageRef message);

  void answer();
  void reject(int status);
  void hang_up();
  void hold(bool on);
  void send_dtmf(char digit, std::chrono::milliseconds duration);
  void transfer(const std::string& uri, Account::Done done);

 private:
  enum class Phase {
    inviting,  ///< our INVITE is not answered yet
    ringing,   ///< nor is theirs
    answered,  ///< theirs is, and waits for its ACK
    talking,
    ending,  ///< nothing is told any more
  };

  /// What is sent in the dialog waits until it is known where to.
  using HopKnown = std::function<void(const tl::expected<UserAgentCore::Hop, std::string>&)>;

  static int on_invite_response(nta_outgoing_magic_t* magic, nta_outgoing_t* transaction, const sip_t* sip);
  static int on_ack_or_cancel(nta_incoming_magic_t* magic, nta_incoming_t* transaction, const sip_t* sip);
  static int on_request(nta_leg_magic_t* magic, nta_leg_t* leg, nta_incoming_t* transaction, const sip_t* sip);

  // dialog.cpp: how a call begins
  void ack_or_cancel(nta_incoming_t* transaction, const sip_t* sip);
  [[nodiscard]] bool transmit_invite(const std::string& target, const UserAgentCore::Hop& hop);
  void invite_response(int status, const sip_t* sip);
  void invite_accepted(const sip_t* sip);
  void invite_refused(int status, const sip_t* sip);
  void try_next_target(int status, const std::string& reason);
  void cancel();
  void acknowledge(const sip_t* response, std::function<void()> then);
  void acknowledged(const sip_t* ack);
  void not_acknowledged();
  [[nodiscard]] PhoneAnswer take_offer(const sip_t* sip);
  void take_answer(const sip_t* sip);
  void tell_hold();
  void ended(int status, const std::string& reason);
  [[nodiscard]] LocalMedia local_media();
  void limit(std::chrono::seconds time, int status, const std::string& reason);
  void cancel_limit();

  // dialog_session.cpp: while it lasts
  /// The status to answer with; 0 = it is answered.
  int requested(nta_incoming_t* transaction, const sip_t* sip);
  [[nodiscard]] bool takes_request();
  int overrun(nta_incoming_t* transaction, sip_method_t method);
  void say_bye();
  void request_in_dialog(sip_method_t method, const char* name, std::string headers, std::string content_type,
                         std::string body, Account::Done done);
  void find_hop(HopKnown then);
  void when_hop_known(HopKnown then);
  void unreachable(const std::string& why);
  void reinvite();
  void reinvite_if_wanted();
  void reinvite_response(int status, const sip_t* sip);
  int reinvited(nta_incoming_t* transaction, const sip_t* sip);
  [[nodiscard]] PhoneAnswer answer_in_dialog(nta_incoming_t* transaction, const sip_t* sip);
  [[nodiscard]] PhoneAnswer documented(nta_incoming_t* transaction, const sip_t* sip);
  [[nodiscard]] PhoneAnswer info(const sip_t* sip);

  UserAgentCore& core_;
  PhoneAccount& account_;
  CallId id_;
  MediaPort media_;
  Phase phase_ = Phase::inviting;
  nta_leg_t* leg_ = nullptr;
  nta_outgoing_t* outgoing_ = nullptr;   ///< our INVITE or re-INVITE
  nta_incoming_t* incoming_ = nullptr;   ///< the INVITE that made this call
  nta_incoming_t* reinvited_ = nullptr;  ///< a re-INVITE of theirs that waits for its ACK
  std::string target_;                   ///< Request-URI of what we send
  std::deque<std::string> targets_;      ///< of redirections, not tried yet
  int redirections_ = 0;
  int challenges_ = 0;
  UserAgentCore::Hop invite_hop_;  ///< where the INVITE went
  bool accepted_ = false;          ///< our INVITE was, and its ACK is not sent yet
  bool is_heard_ = false;          ///< there is an answer to the latest INVITE, if only a provisional one
  bool acknowledging_ = false;     ///< one of our INVITEs is accepted, and it is looked up where its ACK goes
  bool offered_ = false;           ///< our offer was in a 200; the answer comes in the ACK
  bool referred_ = false;          ///< a REFER was sent: NOTIFYs tell what becomes of it
  bool announced_ = false;         ///< the phone knows of their call
  bool held_ = false;              ///< by us, as the other end knows
  bool asked_hold_ = false;        ///< by our INVITE that is under way
  bool hold_wanted_ = false;
  std::string hop_uri_;  ///< what hop_ belongs to: the target and the routes to it
  std::optional<tl::expected<UserAgentCore::Hop, std::string>> hop_;  ///< of requests in the dialog; empty = not known
  std::vector<HopKnown> waiting_;                                     ///< for hop_
  std::string answer_;                                                ///< SDP of ours that answers their offer
  MediaDirection theirs_ = MediaDirection::sendrecv;                  ///< of their latest offer or answer
  bool held_by_them_ = false;                                         ///< as told
  KeptLately requests_{256, UserAgentCore::request_kept};             ///< theirs in this dialog
  std::uint64_t session_;
  std::uint32_t version_ = 0;
  EventLoop::TimerId limit_ = 0;
  bool limit_set_ = false;
  EventLoop::TimerId again_ = 0;  ///< of a re-INVITE that crossed theirs
  bool again_set_ = false;
};

}  // namespace snom::sip
