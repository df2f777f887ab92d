#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "sip/host_lookup.h"
#include "sip/server_fixture.h"
#include "sip/user_agent.h"

namespace snom::sip::test {

/// Writes down what an account tells ("registered 600", "call_ended 1 486 Busy Here"), and answers as told.
class RecordingLine final : public AccountObserver {
 public:
  void registered(std::chrono::seconds expires) override {
    add("registered " + std::to_string(expires.count()));
    if (throws_) throw std::bad_alloc();
  }
  void registration_failed(int status, const std::string& reason, std::chrono::milliseconds) override {
    add("registration_failed " + std::to_string(status) + " " + reason);
  }
  void unregistered() override { add("unregistered"); }
  void watched(const std::string& uri, const language::DialogInfo& info, std::string_view /*document*/) override {
    add("watched " + uri + " " + std::to_string(info.version) + " " + std::string(to_string(info.state)) +
        (info.is_held ? " held" : ""));
  }
  void watch_failed(const std::string& uri, int status, const std::string& reason, std::chrono::milliseconds) override {
    add("watch_failed " + uri + " " + std::to_string(status) + " " + reason);
  }
  [[nodiscard]] int message(std::string_view content_type, std::string_view body, const std::string& from) override {
    if (throws_) throw std::bad_alloc();
    add("message " + std::string(content_type) + " " + std::string(body) + " from " + from);
    return answer_;
  }
  [[nodiscard]] int notify(const std::string& event, std::string_view content_type, std::string_view body) override {
    add("notify " + event + " " + std::string(content_type) + " " + std::string(body));
    return answer_;
  }
  [[nodiscard]] int call_notify(CallId call, std::string_view event) override {
    add("call_notify " + std::to_string(call) + " " + std::string(event));
    return answer_;
  }
  [[nodiscard]] int incoming_call(CallId call, const std::string& caller) override {
    if (throws_) throw std::bad_alloc();
    add("incoming_call " + std::to_string(call) + " " + caller);
    return answer_call_;
  }
  void call_progress(CallId call, int status) override {
    add("call_progress " + std::to_string(call) + " " + std::to_string(status));
  }
  void call_answered(CallId call) override { add("call_answered " + std::to_string(call)); }
  void call_ended(CallId call, int status, const std::string& reason) override {
    add("call_ended " + std::to_string(call) + " " + std::to_string(status) + " " + reason);
  }
  void call_held_by_peer(CallId call, bool on) override {
    add("call_held_by_peer " + std::to_string(call) + (on ? " on" : " off"));
  }
  void transfer_progress(CallId call, int status) override {
    add("transfer_progress " + std::to_string(call) + " " + std::to_string(status));
  }
  void dtmf_received(CallId call, const std::string& digits) override {
    add("dtmf_received " + std::to_string(call) + " " + digits);
  }
  /// For the Done of messages and transfers.
  void add(std::string entry);

  /// As one that has no memory: when it registered, and when it is sent a MESSAGE or called.
  void throw_up(bool on) { throws_ = on; }
  /// What messages and NOTIFYs are answered with, and calls (180 = ring).
  void answer_with(int status) { answer_ = status; }
  void answer_calls_with(int status) { answer_call_ = status; }

  /// Waits for the next entry that begins so, after the one found last; it, or "" after the limit.
  std::string wait_for(const std::string& beginning, std::chrono::milliseconds limit = std::chrono::seconds(8));
  [[nodiscard]] std::vector<std::string> log() const;
  [[nodiscard]] std::size_t count(const std::string& beginning) const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> log_;
  std::size_t seen_ = 0;
  std::atomic<int> answer_ = 200;
  std::atomic<int> answer_call_ = 180;
  std::atomic<bool> throws_ = false;
};

/// A user agent with one account on it, whose calls are made on the loop's thread.
class TestPhone {
 public:
  struct Wishes {
    std::string user = "1000";
    std::string password = "1234";
    std::chrono::seconds expires{600};
    RequestFaults faults;
    std::string domain = "example.com";
    HostLookup::Resolve resolve;  ///< empty = the system's
    std::chrono::milliseconds resolve_limit{5000};
    std::chrono::milliseconds notify_limit{32000};
  };
  /// `server`: "udp:127.0.0.1:5060".
  TestPhone(EventLoop& loop, const std::string& server, const Wishes& wishes);
  TestPhone(EventLoop& loop, const std::string& server) : TestPhone(loop, server, Wishes{}) {}

  void log_on();
  /// Logs on and waits: the entry of it, "" when it did not come.
  std::string register_now();
  void log_off();
  void watch(const std::string& uri);
  void watch_list(const std::string& uri);
  void start_afresh();
  /// A MESSAGE; its outcome becomes the entry "message_done 202 Accepted".
  void message(const std::string& user, const std::string& body);
  std::string call(const std::string& number);  ///< the call's number
  void answer(const std::string& call);
  void reject(const std::string& call, int status);
  void hang_up(const std::string& call);
  void hold(const std::string& call, bool on);
  void send_dtmf(const std::string& call, char digit);
  /// Its outcome becomes the entry "transfer_done 202 Accepted".
  void transfer(const std::string& call, const std::string& number);

  /// "udp:127.0.0.1:40000"
  [[nodiscard]] const std::string& listening() const { return agent_->listening(); }
  [[nodiscard]] UserAgent& agent() { return *agent_; }
  [[nodiscard]] RecordingLine& line() { return line_; }

 private:
  EventLoop& loop_;
  RecordingLine line_;  ///< outlives the agent
  std::unique_ptr<UserAgent> agent_;
  Account* account_ = nullptr;
};

/// The number in "incoming_call 3 1001".
std::string call_of(const std::string& entry);

/// An answer with headers and a body; To gets a tag when it has none. `to` the same request, it is always the same tag.
std::string reply(const SipText& request, int status, std::string_view phrase, const std::string& more_headers = {},
                  const std::string& body = {});

/// A server made of a socket and hand-written SIP text, for one phone.
class TextServer {
 public:
  TextServer(const std::string& transport, const std::string& host);

  /// What the phone is to use: "udp:127.0.0.1:5060".
  [[nodiscard]] std::string url() const { return peer_.transport() + ":" + peer_.address(); }
  /// Can send to the phone from now on (over TCP after its first request).
  void meet(const TestPhone& phone);
  /// The next request of this method; others are passed over, so that repetitions do not count. "" after the limit.
  SipText next(std::string_view method, std::chrono::milliseconds limit = std::chrono::seconds(5));
  /// The next final answer to what was sent.
  SipText next_answer(std::string_view method, std::chrono::milliseconds limit = std::chrono::seconds(5));
  SipText next_provisional();
  void send(const std::string& text) { peer_.send(text); }
  void reply_to(const SipText& request, int status, std::string_view phrase, const std::string& more_headers = {},
                const std::string& body = {}) {
    send(reply(request, status, phrase, more_headers, body));
  }
  /// Takes the phone's registration without a challenge; its Contact's URI.
  std::string accept_registration(int expires = 600);

  /// A request from outside a dialog to the phone; each has its own branch and Call-ID.
  std::string request(const std::string& method, const std::string& uri, const std::string& more_headers = {},
                      const std::string& body = {});
  /// A request in the dialog that `invite` (sent by this server) and the phone's answer made.
  std::string in_dialog(const std::string& method, const SipText& invite, const SipText& answer, unsigned cseq,
                        const std::string& more_headers = {}, const std::string& body = {});
  /// A request in the dialog of a call that the phone made and this server answered.
  std::string in_dialog_of_phone(const std::string& method, const SipText& invite, unsigned cseq,
                                 const std::string& more_headers = {}, const std::string& body = {});
  [[nodiscard]] std::string contact() const;
  /// An offer or answer that a PBX could write.
  [[nodiscard]] std::string sdp(const std::string& direction = "sendrecv") const;

  [[nodiscard]] SipPeer& peer() { return peer_; }

 private:
  [[nodiscard]] std::string head(const std::string& method, const std::string& uri);
  SipText receive_until(const std::function<bool(const SipText&)>& wanted, std::chrono::milliseconds limit);
  SipPeer peer_;
  bool met_ = false;
  unsigned count_ = 0;
};

/// The URI of a Contact or Record-Route value: what stands between < and >.
std::string uri_in(const std::string& value);

}  // namespace snom::sip::test
