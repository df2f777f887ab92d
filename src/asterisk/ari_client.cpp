#include "asterisk/ari_client.h"

#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "language/percent.h"
#include "runtime/back_off.h"

namespace snom::asterisk {
namespace {

constexpr std::size_t connections = 8;
/// Bytes of texts that wait for control. A phone's press is some hundred.
constexpr std::size_t most_untaken = 16 * 1024 * 1024;

http::PersistentClient::Options web_options(const AriClient::Options& ari) {
  http::PersistentClient::Options options;
  options.host = ari.host;
  options.port = ari.port;
  options.username = ari.user;
  options.password = ari.password;
  options.connections = connections;
  options.limit = ari.limit;
  return options;
}

bool is_success(int status) { return status >= 200 && status < 300; }

std::size_t bytes_of(const AriText& text) {
  return sizeof text + text.endpoint.size() + text.target.size() + text.target_host.size() + text.body.size();
}

std::string why_not(const http::PersistentClient::Response& response) {
  if (response.status == 0) return "ARI: " + response.error;
  const auto said = read_ari_error(response.body);
  return fmt::format("ARI: {}{}{}", response.status, said.empty() ? "" : " ", said);
}

}  // namespace

AriClient::AriClient(Options options, runtime::Executor& control, runtime::Clock& clock, Told told)
    : options_(std::move(options)), control_(control), clock_(clock), told_(std::move(told)) {}

AriClient::~AriClient() { stop(); }

void AriClient::start() {
  web_ = std::make_unique<http::PersistentClient>(web_options(options_));
  http::WebSocketClient::Options events;
  events.host = options_.host;
  events.port = options_.port;
  events.target = "/ari/events?app=" + language::percent_encode(options_.application);
  events.username = options_.user;
  events.password = options_.password;
  http::WebSocketClient::Told told;
  told.opened = [this] { control_.post(lifetime_.guard([this] { opened(); })); };
  told.closed = [this](std::string why) {
    control_.post(lifetime_.guard([this, why = std::move(why)] { closed(why); }));
  };
  told.message = [this](const std::string& event) { heard(event); };
  events_ = std::make_unique<http::WebSocketClient>(std::move(events), std::move(told));
}

void AriClient::stop() {
  events_.reset();
  if (web_ && open_ && options_.texts) {
    // Not on another connection before the subscription itself.
    if (subscribing_.valid()) subscribing_.wait_for(options_.farewell);
    // It has gone by the time that the client ends, or Asterisk is silent.
    auto gone = std::make_shared<std::promise<void>>();
    auto waiting = gone->get_future();
    web_->send({"DELETE", subscription(), {}, {}, true}, [gone](const auto&) { gone->set_value(); });
    waiting.wait_for(options_.farewell);
  }
  open_ = false;
  web_.reset();
}

void AriClient::heard(const std::string& event) {
  auto text = read_ari_text(event);
  if (!text) return;
  const auto bytes = bytes_of(*text);
  if (untaken_ + bytes > most_untaken) {
    if (drops_texts_.exchange(true)) return;
    control_.post(lifetime_.guard([this] {
      if (web_) told_.texts_lost("more of them come than can be looked at");
    }));
    return;
  }
  untaken_ += bytes;
  control_.post(lifetime_.guard([this, bytes, text = std::move(*text)] {
    untaken_ -= bytes;
    if (untaken_ < most_untaken / 2) drops_texts_ = false;
    if (web_) told_.text(text);
  }));
}

void AriClient::opened() {
  if (!web_) return;
  open_ = true;
  last_why_.clear();
  ++stream_;
  unsubscribed_ = 0;
  why_no_texts_.clear();
  if (options_.texts) subscribe(stream_);
  told_.opened();
}

void AriClient::closed(const std::string& why) {
  if (!web_) return;
  open_ = false;
  if (std::exchange(last_why_, why) != why) told_.closed(why);
}

std::string AriClient::subscription() const {
  return fmt::format("/ari/applications/{}/subscription?eventSource=endpoint:PJSIP",
                     language::percent_encode(options_.application));
}

void AriClient::subscribe(unsigned stream) {
  auto answered = std::make_shared<std::promise<void>>();
  subscribing_ = answered->get_future();
  const auto done = [this, stream, answered](const http::PersistentClient::Response& response) {
    answered->set_value();
    control_.post(
        lifetime_.guard([this, stream, why = is_success(response.status) ? std::string() : why_not(response)] {
          subscribed(stream, why);
        }));
  };
  web_->send({"POST", subscription(), {}, {}, true}, done);
}

void AriClient::subscribed(unsigned stream, const std::string& why_not) {
  if (why_not.empty() || !open_ || stream != stream_) return;
  if (std::exchange(why_no_texts_, why_not) != why_not) told_.texts_lost("no subscription to them: " + why_not);
  const auto pause = runtime::back_off(++unsubscribed_, options_.first_pause, options_.longest_pause);
  clock_.after(pause, lifetime_.guard([this, stream] {
    if (open_ && stream == stream_) subscribe(stream);
  }));
}

void AriClient::send(AriMessage message, std::function<void(Answer)> done) {
  if (!web_) {
    control_.post([done = std::move(done)] { done({false, "stopping"}); });
    return;
  }
  // A phone that gets the same keys twice shows the same.
  web_->send({"PUT", "/ari/endpoints/sendMessage", "application/json", write_ari_message(message), true},
             [&control = control_, done = std::move(done)](const http::PersistentClient::Response& response) {
               Answer answer;
               answer.ok = is_success(response.status);
               if (!answer.ok) answer.why = why_not(response);
               answer.is_lost = response.status == 0 && response.was_sent;
               control.post([done, answer = std::move(answer)] { done(answer); });
             });
}

}  // namespace snom::asterisk
