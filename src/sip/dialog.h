#pragma once

#include <deque>
#include <optional>
#include <string>

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

  static int on_invite_response(nta_outgoing_magic_t* magic, nta_outgoing_t* transaction, const sip_t* sip);
  static int on_ack_or_cancel(nta_incoming_magic_t* magic, nta_incoming_t* transaction, const sip_t* sip);
  static int on_request(nta_leg_magic_t* magic, nta_leg_t* leg, nta_incoming_t* transaction, const sip_t* sip);

  [[nodiscard]] bool transmit_invite(const std::string& target, bool by_server);
  void invite_response(int status, const sip_t* sip);
  void invite_accepted(const sip_t* sip);
  void invite_refused(int status, const sip_t* sip);
  [[nodiscard]] bool try_next_target();
  void reinvite();
  void reinvite_response(int status, const sip_t* sip);
  void acknowledge(const sip_t* response);
  int reinvited(nta_incoming_t* transaction, const sip_t* sip);
  int info(const sip_t* sip);
  [[nodiscard]] bool take_offer(const sip_t* sip);
  void tell_hold(MediaDirection theirs);
  void say_bye();
  void ended(int status, const std::string& reason);
  void request_in_dialog(sip_method_t method, const char* name, std::string headers, std::string content_type,
                         std::string body, Account::Done done);
  [[nodiscard]] LocalMedia local_media();
  void limit(std::chrono::seconds time, int status, const std::string& reason);
  void cancel_limit();

  UserAgentCore& core_;
  PhoneAccount& account_;
  CallId id_;
  MediaPort media_;
  Phase phase_ = Phase::inviting;
  nta_leg_t* leg_ = nullptr;
  nta_outgoing_t* outgoing_ = nullptr;  ///< our INVITE or re-INVITE
  nta_incoming_t* incoming_ = nullptr;  ///< the INVITE that made this call
  std::string target_;                  ///< Request-URI of what we send
  std::deque<std::string> targets_;     ///< of redirections, not tried yet
  int redirections_ = 0;
  int challenges_ = 0;
  bool by_server_ = true;  ///< the INVITE goes to our server, else where its URI says
  bool invited_ = false;   ///< the other end called
  bool held_ = false;
  bool hold_wanted_ = false;
  std::string answer_;  ///< SDP of ours that answers their offer
  MediaDirection theirs_ = MediaDirection::sendrecv;
  std::uint64_t session_;
  std::uint32_t version_ = 0;
  EventLoop::TimerId limit_ = 0;
  bool limit_set_ = false;
};

}  // namespace snom::sip
