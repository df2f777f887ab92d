#pragma once

#include <string>

#include "phone/virtual_phone.h"
#include "sip/user_agent.h"

namespace snom::phone {

/// A phone's line on a real SIP account: what the phone wants goes to the account, what the account tells to the phone.
/// Loop's thread.
class SipLine final : public VirtualPhone::Line, public sip::AccountObserver {
 public:
  /// Before anything happens; all of them outlive the line's use.
  void connect(sip::Account& account, VirtualPhone& phone) {
    account_ = &account;
    phone_ = &phone;
  }

  void log_on() override { account_->log_on(); }
  void log_off() override { account_->log_off({}); }
  void watch(const std::string& uri) override { account_->watch(uri); }
  void watch_list(const std::string& uri) override { account_->watch_list(uri); }
  void unwatch(const std::string& uri) override { account_->unwatch(uri); }
  void start_afresh() override { account_->start_afresh(); }
  CallId call(const std::string& number) override { return account_->call(number); }
  void answer(CallId call) override { account_->answer(call); }
  void reject(CallId call, int status) override { account_->reject(call, status); }
  void hang_up(CallId call) override { account_->hang_up(call); }
  void hold(CallId call, bool on) override { account_->hold(call, on); }
  void send_dtmf(CallId call, char digit, std::chrono::milliseconds duration) override {
    account_->send_dtmf(call, digit, duration);
  }
  void transfer(CallId call, const std::string& number, VirtualPhone::MessageDone done) override {
    account_->transfer(call, number, std::move(done));
  }
  void message(const std::string& user, std::string_view content_type, const std::string& body,
               VirtualPhone::MessageDone done) override {
    account_->message(user, content_type, body, std::move(done));
  }

  void registered(std::chrono::seconds expires) override { phone_->registered(expires); }
  void registration_failed(int status, const std::string& reason, std::chrono::milliseconds retry_in) override {
    phone_->registration_failed(status, reason, retry_in);
  }
  void unregistered() override { phone_->unregistered(); }
  void watched(const std::string& uri, const language::DialogInfo& info, std::string_view document) override {
    phone_->watched(uri, info, document);
  }
  void watch_failed(const std::string& uri, int status, const std::string& reason,
                    std::chrono::milliseconds retry_in) override {
    phone_->watch_failed(uri, status, reason, retry_in);
  }
  [[nodiscard]] bool is_up() const override { return !phone_->is_rebooting(); }
  [[nodiscard]] int message(std::string_view content_type, std::string_view body, const std::string& from) override {
    return phone_->message(content_type, body, from).status;
  }
  [[nodiscard]] int notify(const std::string& event, std::string_view content_type, std::string_view body) override {
    return phone_->notify(event, content_type, body).status;
  }
  [[nodiscard]] int call_notify(CallId call, std::string_view event) override {
    return phone_->call_notify(call, event);
  }
  [[nodiscard]] int incoming_call(CallId call, const std::string& caller) override {
    return phone_->incoming_call(call, caller);
  }
  void call_progress(CallId call, int status) override { phone_->call_progress(call, status); }
  void call_answered(CallId call) override { phone_->call_answered(call); }
  void call_ended(CallId call, int status, const std::string& reason) override {
    phone_->call_ended(call, status, reason);
  }
  void call_held_by_peer(CallId call, bool on) override { phone_->call_held_by_peer(call, on); }
  void transfer_progress(CallId call, int status) override { phone_->transfer_progress(call, status); }
  void dtmf_received(CallId call, const std::string& digits) override { phone_->dtmf_received(call, digits); }

 private:
  sip::Account* account_ = nullptr;
  VirtualPhone* phone_ = nullptr;
};

}  // namespace snom::phone
