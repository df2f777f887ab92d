#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "language/dialog_info.h"
#include "sip/event_loop.h"
#include "tls/store.h"

namespace snom::sip {

/// A call of one process' phones; numbers are never used twice.
using CallId = std::uint64_t;

/// Requests are treated badly on purpose, for tests of others.
struct RequestFaults {
  std::chrono::milliseconds delay{0};  ///< before a request is looked at
  int drop_percent = 0;                ///< of requests that are passed over in silence
  int answer = 0;                      ///< final status for every request but ACK and CANCEL; 0 = none
};

struct UserAgentOptions {
  std::string server_host;  ///< where requests go: an IP address or a name, without brackets
  std::uint16_t server_port = 5060;
  std::string transport = "udp";  ///< or "tcp", "tls"
  /// Of TLS: whom it trusts, and what it shows to who calls it, or asks. Without an identity it makes one of its own.
  tls::Settings tls = {};
  std::vector<std::string> server_names = {};  ///< of TLS: its certificate is for one of these; empty: server_host
  std::string listen;                          ///< local address; empty = the one from which the server is reached
  /// Looks up the names in what others send (contacts, routes), on threads of its own; empty = the system's resolver.
  std::function<tl::expected<std::vector<std::string>, std::string>(const std::string& host)> resolve;
  std::chrono::milliseconds resolve_limit{5000};  ///< for one name; a call that depends on it fails then
  RequestFaults faults;
  bool filter_registrar = true;  ///< a Snom's setting: keys, pages and texts are taken from its servers' addresses only
};

struct AccountOptions {
  std::string user;
  std::string password;    ///< shows up nowhere else
  std::string realm;       ///< that the password is for; empty = the one that the registrar asks for
  std::string domain;      ///< of the address of record: a host, IPv6 without brackets
  std::string user_agent;  ///< "snom370/8.7.5.35"
  /// Content types of MESSAGE and NOTIFY: the Accept header of a 415 and of the answer to OPTIONS.
  std::string accepts = "application/x-buttons, application/snomxml, text/plain, text/html";
  std::chrono::seconds expires{3600};  ///< asked for; the registrar decides
  /// Timer N (RFC 6665 section 4.1.2.4), 64*T1: a subscription whose first NOTIFY has not come by then has failed.
  std::chrono::milliseconds notify_limit{32000};
};

/// What happens on a phone's line, told on the loop's thread. It may call the account back.
class AccountObserver {
 public:
  virtual ~AccountObserver() = default;
  virtual void registered(std::chrono::seconds expires) = 0;
  /// `retry_in`: when it is tried again; status 0 = no answer from anybody.
  virtual void registration_failed(int status, const std::string& reason, std::chrono::milliseconds retry_in) = 0;
  virtual void unregistered() = 0;
  /// What a URI's dialogs are (RFC 4235) that Account::watch() named, and the document that says so.
  virtual void watched(const std::string& uri, const language::DialogInfo& info, std::string_view document) = 0;
  /// It is not told at the moment. `retry_in`: when that is tried again, 0 = not, or at once; status 0 = no answer, or
  /// it was ended.
  virtual void watch_failed(const std::string& uri, int status, const std::string& reason,
                            std::chrono::milliseconds retry_in) = 0;
  /// Whether it answers OPTIONS; false = silence.
  [[nodiscard]] virtual bool is_up() const { return true; }
  /// The status to answer with; 0 = silence.
  [[nodiscard]] virtual int message(std::string_view content_type, std::string_view body, const std::string& from) = 0;
  [[nodiscard]] virtual int notify(const std::string& event, std::string_view content_type, std::string_view body) = 0;
  /// A NOTIFY in a call's dialog that says what to do with it: event "talk" or "hold". The status to answer with: 200
  /// when it was done.
  [[nodiscard]] virtual int call_notify(CallId call, std::string_view event) = 0;
  /// 180 = it rings; else the final status to refuse it with.
  [[nodiscard]] virtual int incoming_call(CallId call, const std::string& caller) = 0;
  virtual void call_progress(CallId call, int status) = 0;
  virtual void call_answered(CallId call) = 0;
  /// status 0 = the other end hung up.
  virtual void call_ended(CallId call, int status, const std::string& reason) = 0;
  virtual void call_held_by_peer(CallId call, bool on) = 0;
  /// How a transfer goes on at the other end (RFC 3515 section 2.4.4): 100 and so on, 200 when it was done.
  virtual void transfer_progress(CallId call, int status) = 0;
  virtual void dtmf_received(CallId call, const std::string& digits) = 0;
};

/// One phone's line: a registration that keeps itself alive, messages, calls. Loop's thread only. What it tells the
/// observer it tells after the call that caused it has returned. A call that this end ended is told nothing more about.
class Account {
 public:
  using Done = std::function<void(int status, const std::string& reason)>;
  virtual ~Account() = default;

  /// Registers now and keeps registered: refreshed at half to nine tenths of its time, tried again with growing pauses
  /// (1 s to 60 s, some of it chance) when it failed.
  virtual void log_on() = 0;
  /// Takes the contact away; `done` (may be empty) is called when the registrar answered or gave no answer.
  virtual void log_off(std::function<void()> done) = 0;
  /// Subscribes to the dialogs of a URI and keeps subscribed, by way of the server (RFC 6665, RFC 4235), until
  /// log_off() or start_afresh(). One that is watched already is passed over.
  virtual void watch(const std::string& uri) = 0;
  /// The same of a list of URIs (RFC 4662), each of which is told of by its own.
  virtual void watch_list(const std::string& uri) = 0;
  /// Ends that subscription; nothing more is told of it.
  virtual void unwatch(const std::string& uri) = 0;
  /// The next log_on starts with a new Call-ID and without known challenges.
  virtual void start_afresh() = 0;

  /// A MESSAGE to `user` (percent-encoded) at the account's domain, by way of the server. status 0 = no answer.
  virtual void message(const std::string& user, std::string_view content_type, const std::string& body, Done done) = 0;

  /// Calls "1001", "1001@example.com" or "sip:...". Redirections (3xx) are followed.
  virtual CallId call(const std::string& number) = 0;
  virtual void answer(CallId call) = 0;
  virtual void reject(CallId call, int status) = 0;
  virtual void hang_up(CallId call) = 0;
  virtual void hold(CallId call, bool on) = 0;
  virtual void send_dtmf(CallId call, char digit, std::chrono::milliseconds duration) = 0;
  /// REFER (RFC 3515); the call goes on until it is ended.
  virtual void transfer(CallId call, const std::string& number, Done done) = 0;
};

class UserAgentCore;

/// SIP for any number of phones on one address, over UDP and TCP, or UDP and TLS, on sofia-sip's nta. Requests find
/// their phone by user and `;line=` of the Request-URI. x-buttons, text and NOTIFY are taken from the server's address
/// only (403 for others), as a Snom with its filter_registrar on; calls are taken from everybody. Passwords are for the
/// server alone.
class UserAgent final {
 public:
  /// Binds a free port; the error says what is wrong with the server's or the local address. Any thread but the loop's.
  [[nodiscard]] static tl::expected<std::unique_ptr<UserAgent>, std::string> open(EventLoop& loop,
                                                                                  UserAgentOptions options);
  /// Ends all calls without a word and closes the sockets. Any thread but the loop's.
  ~UserAgent();
  UserAgent(const UserAgent&) = delete;
  UserAgent& operator=(const UserAgent&) = delete;

  /// "udp:127.0.0.1:40123". Any thread.
  [[nodiscard]] const std::string& listening() const { return listening_; }

  /// The account lives as long as the user agent; so must the observer. Null when the user has an account already.
  /// Loop's thread.
  [[nodiscard]] Account* add(AccountOptions options, AccountObserver& observer);

 private:
  explicit UserAgent(EventLoop& loop);
  EventLoop& loop_;
  std::unique_ptr<UserAgentCore> core_;
  std::string listening_;
};

}  // namespace snom::sip
