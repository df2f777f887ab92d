#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/lifetime.h"
#include "sip/answered_requests.h"
#include "sip/client_requests.h"
#include "sip/connections.h"
#include "sip/dialog_watch.h"
#include "sip/digest_client.h"
#include "sip/host_lookup.h"
#include "sip/kept_lately.h"
#include "sip/media_port.h"
#include "sip/nta_glue.h"
#include "sip/registration.h"
#include "sip/sdp.h"
#include "sip/server_request.h"
#include "sip/shown_as_tls.h"
#include "sip/user_agent.h"

namespace snom::sip {

class Dialog;
class PhoneAccount;

/// What all phones of a user agent share. Loop's thread.
class UserAgentCore final {
 public:
  UserAgentCore(EventLoop& loop, UserAgentOptions options, std::string local_host,
                std::vector<std::string> server_addresses);
  ~UserAgentCore();
  UserAgentCore(const UserAgentCore&) = delete;
  UserAgentCore& operator=(const UserAgentCore&) = delete;
  [[nodiscard]] tl::expected<void, std::string> bind();
  [[nodiscard]] PhoneAccount* add(AccountOptions options, AccountObserver& observer);

  [[nodiscard]] EventLoop& loop() { return loop_; }
  [[nodiscard]] nta_agent_t* agent() { return agent_.get(); }
  [[nodiscard]] ClientRequests& requests() { return *requests_; }
  [[nodiscard]] const std::string& route() const { return route_; }  ///< the server's URL
  [[nodiscard]] const std::string& local_host() const { return local_host_; }
  [[nodiscard]] const TransportAddress& bound() const { return bound_; }
  [[nodiscard]] CallId next_call() { return ++last_call_; }
  [[nodiscard]] bool is_server(const TransportAddress& source) const;

  /// Where a request is sent.
  struct Hop {
    std::string url;      ///< its host is numeric: the library never looks a name up
    bool server = false;  ///< our server's address and port
  };
  using HopFound = std::function<void(const tl::expected<Hop, std::string>&)>;
  /// Finds where a request to a URI of somebody else's making is sent: a contact, a route. The server's name and the
  /// account's domain are the server; other names are looked up away from this thread, with a limit. `done` is called
  /// once, before this returns where there is nothing to be looked up. `owner`: see forget_hops().
  void find_hop(const std::string& uri, const PhoneAccount& account, const void* owner, HopFound done);
  void forget_hops(const void* owner) { lookup_.abandon(owner); }
  /// True when requests to this URI go to our server.
  [[nodiscard]] bool is_at_server(const std::string& uri, const PhoneAccount& account) const;

  /// A MESSAGE or NOTIFY for a phone, in a dialog or not: the status to answer with, 0 = silence.
  [[nodiscard]] int take_document(PhoneAccount& account, const sip_t* sip, const TransportAddress& source) const;

  /// 64 times T1: how long the library keeps a request to repeat its answer.
  static constexpr std::chrono::seconds request_kept{32};
  /// False when it shall keep no more of those that come in dialogs.
  [[nodiscard]] bool takes_request_in_dialog(KeptLately::TimePoint at) { return requests_in_dialogs_.take(at); }

  void keep(std::unique_ptr<Dialog> dialog);
  [[nodiscard]] Dialog* find(CallId call);
  /// Destroys a dialog after the callback that this is called from.
  void bury(CallId call);
  /// Runs `work` later on the loop unless the core is gone by then.
  void later(std::function<void()> work);

 private:
  static int on_message(nta_agent_magic_t* magic, nta_agent_t* agent, msg_t* message, sip_t* sip);
  void receive(MessageRef message);
  void handle(MessageRef message);
  void handle_invite(PhoneAccount& account, MessageRef message);
  void handle_message(PhoneAccount& account, ServerRequest& request);
  [[nodiscard]] bool is_server_hop(const TransportAddress& hop, const PhoneAccount& account) const;
  [[nodiscard]] bool same_family(const std::string& address) const;
  [[nodiscard]] tl::expected<void, std::string> open_sockets();
  /// The library's TLS end, and what others see of it. 0, or what went wrong.
  [[nodiscard]] tl::expected<void, std::string> open_tls();
  [[nodiscard]] tl::expected<void, std::string> start_relay();
  [[nodiscard]] tl::expected<void, std::string> watch_connections();
  /// The library's URL for an address; by TLS for one whose certificate is for one of these names.
  [[nodiscard]] tl::expected<std::string, std::string> library_url(const TransportAddress& to,
                                                                   const std::vector<std::string>& names) const;
  /// Why a request to this URL of the library's came to nothing; empty: the library knows.
  [[nodiscard]] std::string why_not(const std::string& url) const;
  [[nodiscard]] PhoneAccount* account_of(const url_t* uri) const;
  [[nodiscard]] bool drops();

  EventLoop& loop_;
  UserAgentOptions options_;
  std::string local_host_;
  std::vector<std::string> server_addresses_;
  std::string route_;
  TransportAddress bound_;
  HostLookup lookup_;
  ShownAsTls shown_;
  std::unique_ptr<tls::Relay> relay_;  ///< null without TLS
  Agent agent_;
  std::unique_ptr<Connections> connections_;  ///< that come in
  std::unique_ptr<ClientRequests> requests_;
  std::unordered_map<std::string, std::unique_ptr<PhoneAccount>> accounts_;
  std::map<CallId, std::unique_ptr<Dialog>> dialogs_;
  AnsweredRequests answered_;
  /// Each INVITE, refused or not, is kept until its ACK comes (RFC 3261 section 17.2.1, timer H), some 10 KB of memory:
  /// strangers send many and acknowledge none.
  KeptLately invites_{4096, request_kept};
  KeptLately requests_in_dialogs_{8192, request_kept};  ///< about the same (section 17.2.2, timer J)
  CallId last_call_ = 0;
  std::minstd_rand random_{std::random_device{}()};
  std::optional<runtime::Lifetime> lifetime_{std::in_place};  ///< ends before all else
};

/// One phone's line.
class PhoneAccount final : public Account {
 public:
  PhoneAccount(UserAgentCore& core, AccountOptions options, AccountObserver& observer);

  void log_on() override { registration_.log_on(); }
  void log_off(std::function<void()> done) override;
  void start_afresh() override;
  void watch(const std::string& uri) override { watch(uri, false); }
  void watch_list(const std::string& uri) override { watch(uri, true); }
  void unwatch(const std::string& uri) override;
  /// A NOTIFY of what is watched: the status to answer with; nullopt when it is none.
  [[nodiscard]] std::optional<int> watch_notified(const sip_t* sip);
  void message(const std::string& user, std::string_view content_type, const std::string& body, Done done) override;
  CallId call(const std::string& number) override;
  void answer(CallId call) override;
  void reject(CallId call, int status) override;
  void hang_up(CallId call) override;
  void hold(CallId call, bool on) override;
  void send_dtmf(CallId call, char digit, std::chrono::milliseconds duration) override;
  void transfer(CallId call, const std::string& number, Done done) override;

  [[nodiscard]] const AccountOptions& options() const { return options_; }
  [[nodiscard]] AccountObserver& observer() { return observer_; }
  [[nodiscard]] DigestClient& digest() { return digest_; }
  [[nodiscard]] const std::string& line() const { return line_; }
  [[nodiscard]] std::string address() const;  ///< "sip:1000@example.com"
  [[nodiscard]] std::string contact_uri() const;
  [[nodiscard]] std::string contact() const { return "<" + contact_uri() + ">"; }
  /// "1001" -> "sip:1001@example.com"; addresses stay.
  [[nodiscard]] std::string uri_of(const std::string& number) const;
  [[nodiscard]] std::string common_headers() const;

 private:
  [[nodiscard]] Registration::Identity identity() const;
  void watch(const std::string& uri, bool is_list);

  UserAgentCore& core_;
  AccountOptions options_;
  AccountObserver& observer_;
  std::string line_;      ///< of the contact's ;line=
  std::string instance_;  ///< of +sip.instance
  DigestClient digest_;
  Registration registration_;
  std::vector<std::unique_ptr<DialogWatch>> watches_;
};

}  // namespace snom::sip
