#include "asterisk/ari_client.h"

#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "language/percent.h"

namespace snom::asterisk {
namespace {

constexpr std::size_t connections = 8;

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

std::string why_not(const http::PersistentClient::Response& response) {
  if (response.status == 0) return "ARI: " + response.error;
  const auto said = read_ari_error(response.body);
  return fmt::format("ARI: {}{}{}", response.status, said.empty() ? "" : " ", said);
}

}  // namespace

AriClient::AriClient(Options options, runtime::Executor& control, Told told)
    : options_(std::move(options)), control_(control), told_(std::move(told)) {}

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
  told.message = [this](const std::string& event) {
    auto text = read_ari_text(event);
    if (!text) return;
    control_.post(lifetime_.guard([this, text = std::move(*text)] { told_.text(text); }));
  };
  events_ = std::make_unique<http::WebSocketClient>(std::move(events), std::move(told));
}

void AriClient::stop() {
  events_.reset();
  if (web_ && open_ && options_.texts) {
    // It has gone by the time that the client ends, or Asterisk is silent.
    auto gone = std::make_shared<std::promise<void>>();
    auto waiting = gone->get_future();
    web_->send({"DELETE", subscription(), {}, {}}, [gone](const auto&) { gone->set_value(); });
    waiting.wait_for(std::chrono::milliseconds(500));
  }
  open_ = false;
  web_.reset();
}

void AriClient::opened() {
  open_ = true;
  last_why_.clear();
  if (options_.texts) subscribe();
  told_.opened();
}

void AriClient::closed(const std::string& why) {
  open_ = false;
  if (std::exchange(last_why_, why) != why) told_.closed(why);
}

std::string AriClient::subscription() const {
  return fmt::format("/ari/applications/{}/subscription?eventSource=endpoint:PJSIP",
                     language::percent_encode(options_.application));
}

void AriClient::subscribe() {
  web_->send({"POST", subscription(), {}, {}}, [this](const http::PersistentClient::Response& response) {
    if (is_success(response.status)) return;
    control_.post(lifetime_.guard([this, why = why_not(response)] { told_.closed("texts of phones: " + why); }));
  });
}

void AriClient::send(AriMessage message, std::function<void(bool, std::string)> done) {
  if (!web_) {
    control_.post([done = std::move(done)] { done(false, "stopping"); });
    return;
  }
  web_->send({"PUT", "/ari/endpoints/sendMessage", "application/json", write_ari_message(message)},
             [&control = control_, done = std::move(done)](const http::PersistentClient::Response& response) {
               const bool ok = is_success(response.status);
               control.post([done, ok, why = ok ? std::string() : why_not(response)] { done(ok, why); });
             });
}

}  // namespace snom::asterisk
