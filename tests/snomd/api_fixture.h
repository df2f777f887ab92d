#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "control/fake_ports.h"
#include "snomd/api.h"

/// The HTTP interface before a command service whose phones are fakes.
namespace snom::snomd::testing {

using control::testing::Fixture;
using control::testing::phone;

inline constexpr std::chrono::seconds limit{10};

/// Keeps the one answer, put together if it comes in pieces.
class Answer final : public http::Responder {
 public:
  void send(http::Response response) override { given_.set_value(std::move(response)); }
  void send_in_pieces(http::Response first, http::NextPiece next) override {
    whole_ = std::move(first);
    next_ = std::move(next);
    ask();
  }
  std::shared_ptr<http::Stream> stream(std::string) override { return nullptr; }
  std::atomic<int> pieces = 0;
  bool is_given() { return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
  http::Response wait() {
    return future_.wait_for(limit) == std::future_status::ready ? future_.get() : http::Response{0, {}, "(none)", {}};
  }

 private:
  void ask() {
    ++pieces;
    next_([this](std::string piece) {
      if (piece.empty()) return given_.set_value(std::move(whole_));
      whole_.body += piece;
      ask();
    });
  }

  http::Response whole_;
  http::NextPiece next_;
  std::promise<http::Response> given_;
  std::future<http::Response> future_ = given_.get_future();
};

/// An API before a command service whose phones are fakes, and a workroom that can be kept busy.
struct Rig {
  sip::EventLoop loop;
  EventStreams streams{loop};
  Fixture fixture;
  PhoneGroups groups{fixture.store,
                     [this](control::Groups all) { fixture.command_service->use_groups(std::move(all)); }};
  Api::Context shown{*fixture.command_service, fixture.directory, streams, nullptr, &groups};
  picture::Workroom workroom;
  std::function<void()> before_context = [] {};
  access::Gate gate{{}};
  Tokens tokens{gate, ""};
  std::unique_ptr<AuditLog> audit = *AuditLog::open("");
  Metrics metrics;
  Api api{loop, workroom, {gate, tokens, *audit, metrics}, [this] {
            before_context();
            return &shown;
          }};
  std::promise<void> busy;

  /// Until `busy` is set.
  void keep_busy(std::size_t bytes) {
    ASSERT_TRUE(workroom.run(bytes, [held = busy.get_future().share()](std::string_view) { held.wait_for(limit); }));
  }
  std::shared_ptr<Answer> ask(const std::string& path, const std::string& body = {}, const std::string& peer = {}) {
    http::Request request;
    request.method = body.empty() ? "GET" : "POST";
    request.raw_path = path;
    request.path = path;
    request.body = body;
    request.peer = peer;
    auto answer = std::make_shared<Answer>();
    api.handle(request, answer);
    loop.post([this] { fixture.clock.run_posted(); });  // the loop is control's thread
    return answer;
  }
};

/// What a client of the resources says and hears.
struct Rest : Rig {
  Rest() {
    fixture.messages.at_once = control::SipOutcome{200, "OK"};
    fixture.directory.registrations = {phone("1000")};
  }
  struct Heard {
    int status = 0;
    std::string content_type;
    nlohmann::json body;
    std::vector<std::pair<std::string, std::string>> headers;
  };
  Heard say(const std::string& method, const std::string& path, const std::string& body = {},
            const std::map<std::string, std::string>& headers = {}) {
    http::Request request;
    request.method = method;
    request.target = path;
    request.raw_path = request.path = path.substr(0, path.find('?'));
    if (const auto mark = path.find('?'); mark != std::string::npos) request.query = path.substr(mark + 1);
    request.body = body;
    request.headers = headers;
    const auto answer = std::make_shared<Answer>();
    EXPECT_FALSE(api.refusal(request)) << path;
    api.handle(request, answer);
    // A change is answered with what the key is then: that is asked for on the loop once more.
    for (int turn = 0; turn < 3; ++turn) loop.run_and_wait([this] { fixture.clock.run_posted(); });
    const auto response = answer->wait();
    return {response.status, response.content_type, nlohmann::json::parse(response.body), response.headers};
  }
};

}  // namespace snom::snomd::testing
