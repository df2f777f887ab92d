#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "sip/server.h"
#include "sip/sip_peer.h"

namespace snom::sip::test {

/// Writes down what the server tells, and answers presses as told.
class RecordingObserver final : public ServerObserver {
 public:
  void registered(const registration::RegistrationPointer& registration) override {
    if (throws_) throw std::bad_alloc();
    add("registered " + registration->address_of_record() + " " + registration->contact);
    const std::lock_guard lock(mutex_);
    last_registered_ = registration;
  }
  void taken_over(const registration::RegistrationPointer& registration) override {
    add("taken over " + registration->address_of_record() + " " + registration->contact);
  }
  void refreshed(const registration::RegistrationPointer&) override {}
  void unregistered(const registration::RegistrationPointer& registration, const std::string& why) override {
    add("unregistered " + registration->address_of_record() + " " + registration->contact + ": " + why);
  }
  void let_go(const registration::RegistrationPointer& registration, const std::string& why) override {
    add("let go " + registration->address_of_record() + " " + registration->contact + ": " + why);
  }
  void refused(const RefusedRequest& request) override {
    const std::lock_guard lock(mutex_);
    if (refusals_.size() < 100)
      refusals_.push_back(request.method + " of " + request.user + " from " + request.host + ": " + request.why);
  }
  bool pressed(const control::CommandService::Press& press) override {
    if (throws_) throw std::bad_alloc();
    const std::lock_guard lock(mutex_);
    presses_.push_back(press);
    return accept_;
  }

  control::KeyLight key_light(const std::string& address_of_record, const std::string& key) override {
    const std::lock_guard lock(mutex_);
    const auto found = lights_.find(address_of_record + " " + key);
    return found == lights_.end() ? control::KeyLight{key} : found->second;
  }
  std::vector<control::KeyLight> key_lights(const std::string& address_of_record) override {
    const std::lock_guard lock(mutex_);
    std::vector<control::KeyLight> all;
    for (const auto& [name, light] : lights_) {
      if (name.starts_with(address_of_record + " ")) all.push_back(light);
    }
    return all;
  }
  void key_subscribed(const registration::RegistrationPointer& phone, const std::string& key) override {
    add("subscribed " + phone->address_of_record() + " " + key);
  }
  control::CommandService::KeyPress key_pressed(const registration::RegistrationPointer& from,
                                                const std::string& key) override {
    add("pressed " + from->address_of_record() + " " + key);
    const std::lock_guard lock(mutex_);
    return key_press_;
  }

  void warned(const std::string& what) override {
    if (throws_) throw std::bad_alloc();
    add("warned " + what);
  }

  /// As one that has no memory: in registered(), pressed() and warned().
  void throw_up(bool on) { throws_ = on; }
  void accept_presses(bool accept) {
    const std::lock_guard lock(mutex_);
    accept_ = accept;
  }
  /// What keys show that subscribe from now on.
  void show(const std::string& address_of_record, control::KeyLight light) {
    const std::lock_guard lock(mutex_);
    lights_[address_of_record + " " + light.key] = std::move(light);
  }
  void answer_key_presses(control::CommandService::KeyPress press) {
    const std::lock_guard lock(mutex_);
    key_press_ = std::move(press);
  }
  [[nodiscard]] std::vector<std::string> log() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  [[nodiscard]] std::vector<std::string> refusals() const {
    const std::lock_guard lock(mutex_);
    return refusals_;
  }
  [[nodiscard]] std::vector<control::CommandService::Press> presses() const {
    const std::lock_guard lock(mutex_);
    return presses_;
  }
  [[nodiscard]] registration::Registration last_registered() const {
    const std::lock_guard lock(mutex_);
    return last_registered_;
  }
  /// False when there were not so many entries within three seconds.
  bool wait_for_entries(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(3), [&] { return log_.size() >= count; });
  }

 private:
  void add(std::string entry) {
    const std::lock_guard lock(mutex_);
    log_.push_back(std::move(entry));
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> log_;
  std::vector<std::string> refusals_;
  std::vector<control::CommandService::Press> presses_;
  registration::Registration last_registered_;
  std::map<std::string, control::KeyLight> lights_;
  control::CommandService::KeyPress key_press_{true, {}};
  bool accept_ = true;
  std::atomic<bool> throws_ = false;
};

/// A phone made of a socket and hand-written SIP text.
class TextPhone {
 public:
  /// `server`: "udp:127.0.0.1:5060".
  /// `source`: the address that it sends from, where that is not the server's.
  TextPhone(const std::string& server, std::string user, std::string password, std::string domain = "example.com",
            const std::string& source = "");

  [[nodiscard]] SipPeer& peer() { return peer_; }
  /// "sip:1000@127.0.0.1:40000".
  [[nodiscard]] std::string contact() const;

  /// One request as text; From is the phone. Each has its own branch and the next CSeq.
  std::string request(const std::string& method, const std::string& uri, const std::string& to_uri,
                      const std::string& more_headers = {}, const std::string& body = {});
  /// REGISTER of this contact (header lines of `more_headers` replace it).
  std::string register_request(const std::string& more_headers);

  /// Sends, and returns the answer; a status of 0 when there is none.
  SipText ask(const std::string& text);
  /// The same, answering a challenge once.
  SipText ask_with_password(const std::string& method, const std::string& uri, const std::string& to_uri,
                            const std::string& more_headers = {}, const std::string& body = {});
  SipText register_with(const std::string& more_headers);
  /// Registers its contact for `expires` seconds.
  SipText register_contact(int expires = 600);

  /// The Authorization header line for a challenge.
  std::string authorization(const SipText& challenge, const std::string& method, const std::string& uri,
                            unsigned nc = 1) const;

  /// The request sent last, for repetitions.
  [[nodiscard]] const std::string& last_request() const { return last_request_; }

  std::string user;
  std::string password;
  std::string domain;
  std::string call_id;
  std::string via_parameters = ";rport";
  unsigned cseq = 0;

 private:
  SipPeer peer_;
  std::string last_request_;
};

/// A server with the users 1000 (password 1234), 1001 (5678) and "front desk" (secret) on all kinds of address.
class ServerTest : public ::testing::Test {
 protected:
  ServerTest();
  ~ServerTest() override;

  /// (Re)starts it.
  void start(ServerOptions options = {});
  /// Address of the listening socket: "udp", "127.0.0.1".
  [[nodiscard]] std::string address(const std::string& transport, const std::string& host = "127.0.0.1") const;
  [[nodiscard]] std::vector<registration::Registration> registrations();
  /// What the observer was told; all that is under way on the loop's thread has ended.
  [[nodiscard]] std::vector<std::string> log();
  [[nodiscard]] std::vector<control::CommandService::Press> presses();
  /// Sends and waits for the outcome.
  control::SipOutcome send(control::OutgoingMessage message);
  std::future<control::SipOutcome> start_sending(control::OutgoingMessage message);

  static std::vector<User> users();

  RecordingObserver observer_;
  std::unique_ptr<EventLoop> loop_ = std::make_unique<EventLoop>();
  std::unique_ptr<Server> server_;
};

/// Transport and host.
using Way = std::pair<std::string, std::string>;
inline std::vector<Way> all_ways() {
  return {{"udp", "127.0.0.1"}, {"tcp", "127.0.0.1"}, {"tls", "127.0.0.1"},
          {"udp", "::1"},       {"tcp", "::1"},       {"tls", "::1"}};
}
inline std::string way_name(const ::testing::TestParamInfo<Way>& info) {
  return info.param.first + (info.param.second == "::1" ? "6" : "4");
}

}  // namespace snom::sip::test
