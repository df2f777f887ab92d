#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "control/ports.h"
#include "sip/event_loop.h"
#include "sip/nta_glue.h"
#include "sip/reg_subscriptions.h"
#include "tls/relay.h"

namespace snom::sip {

/// Sends MESSAGEs (RFC 3428) and NOTIFYs without a subscription outside of dialogs, and SUBSCRIBEs to registrations,
/// and tells each one's outcome exactly once. Loop's thread.
class MessageClient final {
 public:
  using Done = std::function<void(control::SipOutcome)>;

  /// How a contact is reached.
  struct Route {
    nta_agent_t* agent = nullptr;   ///< outlives the client, or stop() is called before it goes
    TransportAddress next_hop;      ///< with an IP address: nothing is looked up
    std::string listener;           ///< name (TPTAG_IDENT) of the listening socket to send from
    tport_t* connection = nullptr;  ///< used instead as long as it is open; kept alive by the caller during the call
    std::uint16_t outlet = 0;       ///< of `relay`, by which the next hop is reached over TLS; 0: without
    const tls::Relay* relay = nullptr;   ///< outlives the client
    std::string contact = {};            ///< ours, a URI, of requests that want one; empty: the library's
    std::vector<std::string> path = {};  ///< values of the Route headers, loose routers' (RFC 3261 section 16.12.1.1)
  };

  /// `answer_timeout`: the agents' T1X64 is the same, so that nothing is repeated after it.
  MessageClient(EventLoop& loop, std::chrono::milliseconds answer_timeout, std::string user_agent);
  ~MessageClient();
  MessageClient(const MessageClient&) = delete;
  MessageClient& operator=(const MessageClient&) = delete;

  /// `call_id`: a random_token(), the same for one request on several ways; it is the tag in From, too. Only who was
  /// sent the request knows it, so nobody else can answer in his place, wherever he sends from.
  void send(const Route& route, const control::OutgoingMessage& message, const std::string& call_id, Done done);

  /// A NOTIFY of a subscription (RFC 6665 section 4.2.2), within its dialog (RFC 3261 section 12.2.1.1). The Route has
  /// the dialog's route set.
  struct InDialog {
    std::string target;  ///< Request-URI: the other side's Contact
    std::string from;    ///< header values, with their tags
    std::string to;
    std::string call_id;
    std::uint32_t cseq = 0;
    std::string contact;  ///< ours
  };
  struct Notify {
    std::string event;               ///< value of Event
    std::string subscription_state;  ///< value of Subscription-State
    std::string content_type;
    std::string body;
    std::string require = {};  ///< option tag that it needs; empty = none
  };
  /// Whose status is 513 ("message too long"), too, when it is longer than what goes there by UDP: it is not sent.
  void notify(const Route& route, const InDialog& dialog, const Notify& notify, Done done);

  /// Asks a phone by OPTIONS (RFC 3261 section 11) whether it is there. `user_agent`: what an answer says of its sender
  /// (User-Agent, else Server); may be empty.
  using Asked = std::function<void(control::SipOutcome outcome, std::string user_agent)>;
  void ask(const Route& route, const registration::RegistrationPointer& phone, Asked done);

  /// Subscribes to somebody's registrations (RFC 3680). `watched`: the address of record; its contact is the
  /// Request-URI. `from`: URI of where NOTIFYs are to go.
  void subscribe(const Route& route, const registration::Registration& watched,
                 const RegSubscriptions::Subscribe& subscribe, const std::string& from,
                 std::function<void(RegSubscriptions::Answer)> done);

  /// What is told of a request that was not answered: "no answer within 5 s".
  [[nodiscard]] const std::string& no_answer() const { return no_answer_; }

  /// Those under way, and all that are sent from now on, are told `why`.
  void stop(const std::string& why);

 private:
  struct Pending;

  static int on_response(nta_outgoing_magic_t* magic, nta_outgoing_t* transaction, const sip_t* sip);
  struct Method {
    sip_method_t number;
    const char* name;
  };
  /// With all headers but those that are the method's own.
  [[nodiscard]] MessageRef compose(const Route& route, Method method, const registration::Registration& phone,
                                   const std::string& from_user, const std::string& call_id,
                                   std::uint32_t cseq = 1) const;
  /// `answer`: null where nobody answered; valid during the call.
  using Answered = std::function<void(control::SipOutcome outcome, const sip_t* answer)>;
  void start(const Route& route, MessageRef request, const std::string& contact, Answered done);
  [[nodiscard]] control::SipOutcome outcome(nta_outgoing_t* transaction, const sip_t* sip) const;
  void finish(std::uint64_t id, control::SipOutcome outcome, const sip_t* answer = nullptr);
  void watch();
  void give_up_late();

  EventLoop& loop_;
  std::chrono::milliseconds answer_timeout_;
  std::string user_agent_;
  std::string no_answer_;  ///< "no answer within 5 s"
  std::string stopped_;    ///< why nothing is sent any more
  std::uint64_t next_id_ = 1;
  std::unordered_map<std::uint64_t, std::unique_ptr<Pending>> pending_;

  /// The library ends its transactions by itself; this is for one that it should ever forget. In order of time.
  std::deque<std::pair<std::chrono::steady_clock::time_point, std::uint64_t>> deadlines_;
  EventLoop::TimerId watchdog_ = 0;
};

}  // namespace snom::sip
