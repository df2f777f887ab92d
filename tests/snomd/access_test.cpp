#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "control/fake_ports.h"
#include "language/percent.h"
#include "language/secret.h"
#include "snomd/api.h"

namespace snom::snomd {
namespace {

using access::Role;
using control::testing::Fixture;
using control::testing::phone;
using nlohmann::json;

constexpr std::chrono::seconds limit{10};

class Watcher final : public http::Stream {
 public:
  bool write(std::string_view bytes) override {
    got += bytes;
    return true;
  }
  [[nodiscard]] bool open() const override { return true; }
  std::string got;
};

class Answer final : public http::Responder {
 public:
  void send(http::Response response) override { given_.set_value(std::move(response)); }
  void send_in_pieces(http::Response first, http::NextPiece) override { given_.set_value(std::move(first)); }
  std::shared_ptr<http::Stream> stream(std::string) override { return watcher = std::make_shared<Watcher>(); }
  http::Response wait() {
    return future_.wait_for(limit) == std::future_status::ready ? future_.get() : http::Response{0, {}, "{}", {}};
  }
  std::shared_ptr<Watcher> watcher;

 private:
  std::promise<http::Response> given_;
  std::future<http::Response> future_ = given_.get_future();
};

/// An API that keeps its tokens in a file and its changes in another.
class WhoMay : public ::testing::Test {
 protected:
  WhoMay() {
    std::filesystem::create_directories(folder_);
    audit_ = *AuditLog::open((folder_ / "audit").string());
    api_ = std::make_unique<Api>(loop_, workroom_, Api::Guards{gate_, tokens_, *audit_, metrics_},
                                 [this] { return &shown_; });
    fixture_.messages.at_once = control::SipOutcome{200, "OK"};
    fixture_.web.at_once = control::WebOutcome{401, ""};
    fixture_.directory.registrations = {phone("1000")};
    for (const auto role : {Role::read, Role::operate, Role::admin}) {
      const std::string name(to_string(role));
      token_[name] = *tokens_.add({name, role, {}, {}});
    }
  }
  ~WhoMay() override {
    loop_.run_and_wait([this] { streams_.close(); });
    std::filesystem::remove_all(folder_);
  }

  static http::Request request(const std::string& method, const std::string& path, const std::string& token,
                               const std::string& body = {}) {
    http::Request request;
    request.method = method;
    request.raw_path = request.path = path;
    request.body = body;
    request.peer = "192.0.2.7:40000";
    if (!token.empty()) request.headers["authorization"] = "Bearer " + token;
    if (!body.empty()) request.headers["content-length"] = std::to_string(body.size());
    return request;
  }
  /// With the token of this name, as the server would have it.
  http::Response say(const std::string& who, const std::string& method, const std::string& path,
                     const std::string& body = {}) {
    const auto asked = request(method, path, token_.contains(who) ? token_[who] : who, body);
    if (auto refused = api_->refusal(asked)) return *refused;
    const auto answer = std::make_shared<Answer>();
    api_->handle(asked, answer);
    for (int turn = 0; turn < 3; ++turn) loop_.run_and_wait([this] { fixture_.clock.run_posted(); });
    return answer->wait();
  }
  [[nodiscard]] std::vector<json> audited() const {
    std::vector<json> lines;
    std::ifstream file(folder_ / "audit");
    for (std::string line; std::getline(file, line);) lines.push_back(json::parse(line));
    return lines;
  }
  static std::string header(const http::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return {};
  }

  std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) / ("snom-access-" + std::to_string(::getpid()));
  sip::EventLoop loop_;
  EventStreams streams_{loop_};
  Fixture fixture_;
  Api::Context shown_{*fixture_.command_service, fixture_.directory, streams_};
  picture::Workroom workroom_;
  access::Gate gate_{{.has_file = true}};
  Tokens tokens_{gate_, (folder_ / "tokens").string()};
  std::unique_ptr<AuditLog> audit_;
  Metrics metrics_;
  std::unique_ptr<Api> api_;
  std::map<std::string, std::string> token_;
};

const std::string key = "/v1/phones/1000@example.com/buttons/2";

TEST_F(WhoMay, IsSaidByTheRoleOfTheToken) {
  struct Case {
    std::string method, path, body;
    std::vector<int> statuses;  ///< without a token, with one for reading, operating, administering
  };
  const std::vector<Case> cases = {
      {"GET", "/health/live", "", {200, 200, 200, 200}},
      {"GET", "/v1/phones/1000@example.com", "", {401, 200, 200, 200}},
      {"PATCH", key, R"({"light":"on"})", {401, 403, 200, 200}},
      {"POST", "/v1/command", "snom_button 1000@example.com 2 light=off", {401, 403, 200, 200}},
      {"GET", "/v1/tokens", "", {401, 403, 403, 200}},
      {"DELETE", "/v1/tokens/nobody", "", {401, 403, 403, 404}},
      {"GET", "/v1/nothing", "", {401, 404, 404, 404}},
      {"PUT", "/v1/phones", "", {401, 405, 405, 405}},
      {"PUT", "/health/live", "", {405, 405, 405, 405}},
  };
  for (const auto& one : cases) {
    std::vector<int> statuses;
    for (const auto* who : {"", "read", "operate", "admin"}) {
      statuses.push_back(say(who, one.method, one.path, one.body).status);
    }
    EXPECT_EQ(statuses, one.statuses) << one.method << " " << one.path;
  }
}

TEST_F(WhoMay, IsToldWhatIsMissing) {
  auto refused = say("", "GET", "/v1/phones");
  EXPECT_EQ(header(refused, "WWW-Authenticate"), "Bearer realm=\"snomd\"");
  EXPECT_EQ(json::parse(refused.body).at("detail"), "this snomd wants its bearer token (Authorization: Bearer ...)");
  refused = say("guessed", "GET", "/v1/phones");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(header(refused, "WWW-Authenticate"), "Bearer realm=\"snomd\", error=\"invalid_token\"");
  EXPECT_EQ(refused.body.find("guessed"), std::string::npos);
  refused = say("read", "DELETE", key);
  EXPECT_EQ(header(refused, "WWW-Authenticate"),
            "Bearer realm=\"snomd\", error=\"insufficient_scope\", scope=\"operate\"");
  EXPECT_EQ(json::parse(refused.body).at("detail"), "this needs a token of the role operate: 'read' has the role read");
  EXPECT_EQ(refused.content_type, "application/problem+json");
  for (int i = 0; i < 9; ++i) EXPECT_EQ(say("guessed", "GET", "/v1/phones").status, 401);
  refused = say("guessed", "GET", "/v1/phones");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(header(refused, "Retry-After"), "1");
  EXPECT_EQ(json::parse(refused.body).at("detail"), "too many wrong tokens from your address: try again in 1 s");
}

TEST_F(WhoMay, IsMadeListedAndEndedOverHttp) {
  auto answer = say("admin", "POST", "/v1/tokens", R"({"name":"alice","role":"read","per_second":1,"max_body":100})");
  ASSERT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(header(answer, "Cache-Control"), "no-store");
  const auto alice = json::parse(answer.body).at("token").get<std::string>();
  EXPECT_EQ(say(alice, "GET", key).status, 404);
  answer = say("admin", "GET", "/v1/tokens");
  EXPECT_EQ(answer.body.find(alice), std::string::npos);
  EXPECT_EQ(answer.body.find(language::sha256_hex(alice)), std::string::npos);
  const auto listed = json::parse(answer.body).at("tokens").at(3);
  EXPECT_EQ(listed.at("name"), "alice");
  EXPECT_EQ(listed.at("role"), "read");
  EXPECT_EQ(listed.at("per_second"), 1);
  for (int i = 0; i < 100 && answer.status != 429; ++i) answer = say(alice, "GET", key);  // more than one a second
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(json::parse(answer.body).at("detail"), "too many requests of the token 'alice': try again in 1 s");
  EXPECT_EQ(say("admin", "POST", "/v1/tokens", R"({"name":"alice","role":"read"})").status, 409);
  EXPECT_EQ(say("admin", "DELETE", "/v1/tokens/alice").status, 200);
  EXPECT_EQ(say(alice, "GET", key).status, 401);
  EXPECT_EQ(say("admin", "DELETE", "/v1/tokens/alice").status, 404);
}

TEST_F(WhoMay, IsMadeOfWhatIsRightOnly) {
  const auto field = [this](const std::string& body) {
    const auto answer = say("admin", "POST", "/v1/tokens", body);
    EXPECT_EQ(answer.status, 400) << body;
    return json::parse(answer.body).value("field", "none");
  };
  EXPECT_EQ(field("alice"), "none");
  EXPECT_EQ(field("{}"), "name");
  EXPECT_EQ(field(R"({"name":"a b","role":"read"})"), "name");
  EXPECT_EQ(field(R"({"name":"alice"})"), "role");
  EXPECT_EQ(field(R"({"name":"alice","role":"anybody"})"), "role");
  EXPECT_EQ(field(R"({"name":"alice","role":"read","per_second":0})"), "per_second");
  EXPECT_EQ(field(R"({"name":"alice","role":"read","max_body":1.5})"), "max_body");
  EXPECT_EQ(field(R"({"name":"alice","role":"read","colour":"red"})"), "colour");
  EXPECT_EQ(tokens_.all().size(), 3U);
}

TEST_F(WhoMay, AStreamEndsWithItsToken) {
  const auto asked = request("GET", "/v1/events", token_["read"]);
  ASSERT_FALSE(api_->refusal(asked));
  const auto answer = std::make_shared<Answer>();
  api_->handle(asked, answer);
  const auto publish = [this] {
    loop_.run_and_wait([this] { streams_.publish(control::CommandDone{"x", "+OK", {}}); });
  };
  publish();
  const auto before = answer->watcher->got;
  EXPECT_NE(before.find("event: command"), std::string::npos);
  ASSERT_TRUE(tokens_.revoke("read"));
  publish();
  EXPECT_EQ(answer->watcher->got, before);
  EXPECT_EQ(answer->watcher.use_count(), 1) << "the streams have let go of it";
}

TEST_F(WhoMay, LosesATokenWhileTheBodyIsOnItsWay) {
  const auto asked = request("PATCH", key, token_["operate"], R"({"light":"on"})");
  ASSERT_FALSE(api_->refusal(asked));
  ASSERT_TRUE(tokens_.revoke("operate"));
  const auto answer = std::make_shared<Answer>();
  api_->handle(asked, answer);
  EXPECT_EQ(answer->wait().status, 401);
  EXPECT_TRUE(fixture_.messages.sent.empty());
}

TEST_F(WhoMay, SendsNoMoreThanItsTokenMay) {
  const auto small = *tokens_.add({"small", Role::operate, {}, 20});
  EXPECT_EQ(say(small, "PATCH", key, R"({"light":"on"})").status, 200);
  EXPECT_EQ(say(small, "PATCH", key, R"({"light":"on","label":"x"})").status, 413);
  // Nobody knows beforehand how long a body in chunks is.
  auto chunked = request("PATCH", key, small, R"({"light":"on","label":"x"})");
  chunked.headers.erase("content-length");
  ASSERT_FALSE(api_->refusal(chunked));
  const auto answer = std::make_shared<Answer>();
  api_->handle(chunked, answer);
  EXPECT_EQ(answer->wait().status, 413);
}

TEST_F(WhoMay, AskWithoutATokenSendsNoBody) {
  for (const auto* path :
       {"/health/live", "/health/ready", "/", "/page/main.js", "/press/00000000000000000000000000000000"}) {
    auto asked = request("GET", path, "");
    EXPECT_FALSE(api_->refusal(asked)) << path;
    asked.headers["content-length"] = "0";
    EXPECT_FALSE(api_->refusal(asked)) << path;
    asked.headers["content-length"] = "1048576";
    auto refused = api_->refusal(asked);
    ASSERT_TRUE(refused) << path;
    EXPECT_EQ(refused->status, 413) << path;
    EXPECT_EQ(json::parse(refused->body).at("detail"), "expected no body");
    asked.headers.erase("content-length");
    asked.headers["transfer-encoding"] = "chunked";
    refused = api_->refusal(asked);
    ASSERT_TRUE(refused) << path;
    EXPECT_EQ(refused->status, 413) << path;
  }
}

TEST_F(WhoMay, ChangedWhatIsWritten) {
  say("operate", "PUT", key, R"({"light":"on","label":"Tür","number":"api+snom_command 1000 key P1 admin hunter2"})");
  say("operate", "POST", "/v1/command", "snom_command 1000 key P1 admin hunter2\n");
  say("operate", "POST", "/v1/command", "snom_comand hunter2");
  say("read", "DELETE", key);
  say("admin", "POST", "/v1/tokens", R"({"name":"alice","role":"read","token":"hunter2"})");
  say("read", "GET", "/v1/phones/1000@example.com");
  say("", "DELETE", key);
  say("admin", "POST", "/v1/nothing", "{}");
  const auto lines = audited();
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[0].at("who"), "operate");
  EXPECT_EQ(lines[0].at("from"), "192.0.2.7:40000");
  EXPECT_EQ(lines[0].at("method"), "PUT");
  EXPECT_EQ(lines[0].at("path"), key);
  EXPECT_EQ(lines[0].at("what"), R"({"label":"Tür","light":"on","number":"api+snom_command 1000 key P1"})");
  EXPECT_EQ(lines[0].at("status"), 200);
  EXPECT_TRUE(lines[0].at("outcome").get<std::string>().starts_with("+OK")) << lines[0];
  EXPECT_EQ(lines[1].at("what"), "snom_command 1000 key P1");
  EXPECT_TRUE(lines[1].at("outcome").get<std::string>().starts_with("-ERR")) << lines[1];
  EXPECT_EQ(lines[2].at("what"), "snom_comand");
  EXPECT_EQ(lines[3].at("status"), 403);
  EXPECT_EQ(lines[3].at("who"), "read");
  EXPECT_EQ(lines[4].at("what"), R"({"name":"alice","role":"read","token":"..."})");
  EXPECT_EQ(lines[4].at("outcome"), "'token' is no property (expected name, role, per_second, max_body)");
  std::ifstream file(folder_ / "audit");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
}

/// A command line with a password, wherever in a request something else is expected.
TEST_F(WhoMay, IsToldNoPasswordThatStandsInTheWrongPlace) {
  const std::string line = "api+snom_command 1001 key enter admin hunter2";
  const std::string there = "api%2Bsnom_command%201001%20key%20enter%20admin%20hunter2";
  PhoneGroups groups{fixture_.store, [](const control::Groups&) {}};
  shown_.groups = &groups;
  struct Asked {
    std::string method;
    std::string path;
    std::string body;
  };
  const std::string phones = "/v1/phones/";
  const std::string keys = phones + "1000@example.com/buttons";
  const std::string trials = phones + "1000@example.com/trials";
  std::vector<Asked> all = {
      {"PATCH", keys, R"({"LINE":1})"},
      {"PATCH", keys, R"({"LINE":{}})"},
      {"PATCH", keys, R"({"LINE":{"light":"purple"}})"},
      {"PATCH", keys, R"({"2":{"LINE":"x"}})"},
      {"PATCH", keys, R"([{"key":"2","LINE":"x"}])"},
      {"PATCH", keys, R"([{"key":"LINE","light":"on"},{"key":"LINE","light":"on"}])"},
      {"PATCH", keys, R"([{"key":"LINE","light":"purple"}])"},
      {"PUT", keys, R"([{"key":"LINE","light":"purple"}])"},
      {"PATCH", phones + there + "/buttons", R"({"2":{"light":"on"}})"},
      {"PATCH", phones + there + "/buttons", R"([{"key":"2","light":"on"}])"},
      {"DELETE", phones + there + "/buttons", ""},
      {"DELETE", keys + "/" + there, ""},
      {"GET", phones + there, ""},
      {"GET", phones + there + "/buttons", ""},
      {"GET", keys + "/" + there, ""},
      {"PUT", "/v1/groups/g", R"({"members":["LINE"]})"},
      {"PUT", "/v1/groups/g", R"({"LINE":[]})"},
      {"PUT", "/v1/groups/" + there, R"({"members":["1000"]})"},
      {"GET", "/v1/groups/" + there, ""},
      {"DELETE", "/v1/groups/" + there, ""},
      {"POST", "/v1/groups/" + there + "/commands", "snom_clear"},
      {"POST", "/v1/tokens", R"({"LINE":"x"})"},
      {"POST", "/v1/tokens", R"({"name":"LINE","role":"read"})"},
      {"POST", "/v1/tokens", R"({"name":"a","role":"LINE"})"},
      {"DELETE", "/v1/tokens/" + there, ""},
      {"POST", trials, R"({"LINE":"x"})"},
      {"POST", trials, R"({"channel":"LINE"})"},
      {"POST", trials, R"({"channel":"buttons","key":"2","light":"LINE"})"},
      {"POST", trials, R"({"channel":"buttons","key":"LINE\n"})"},
      {"POST", trials, R"({"channel":"buttons","key":"2","label":"LINE\n"})"},
      {"POST", phones + there + "/trials", R"({"channel":"buttons","key":"2"})"},
      {"GET", "/v1/models/" + there, ""},
      {"GET", "/v1/layouts/jobs/" + there, ""},
      {"DELETE", "/v1/layouts/jobs/" + there, ""},
      {"GET", "/page/" + there, ""},
      {"GET", "/v1/" + there, ""},
      {"GET", "/v1/phones?" + there + "=1", ""},
      {"GET", "/v1/phones?state=" + there, ""},
      {"GET", "/v1/phones?limit=" + there, ""},
      {"GET", "/v1/phones?cursor=" + there, ""},
      {"GET", "/v1/events?type=" + there, ""},
  };
  for (const auto* property : {"light", "colour", "action"}) {
    all.push_back({"PUT", keys + "/2", fmt::format(R"({{"{}":"LINE"}})", property)});
  }
  for (const auto* property : {"label", "number", "caller"}) {
    all.push_back({"PUT", keys + "/2", fmt::format(R"({{"{}":"LINE\n"}})", property)});
  }
  for (const auto* path : {"/v1/layouts/apply", "/v1/layouts/compare"}) {
    all.push_back({"POST", path + std::string("?format=") + there, "phone,key\n"});
    for (const auto* column :
         {"place", "light", "color", "action", "number_hidden", "model", "keys", "modules", "mac"}) {
      all.push_back(
          {"POST", path + std::string("?format=csv"), fmt::format("phone,key,{}\n1000@example.com,2,LINE\n", column)});
    }
    all.push_back({"POST", path + std::string("?format=csv"), "phone,key\nLINE,2\n"});
    all.push_back({"POST", path + std::string("?format=toml"), "\"LINE\" = 1\n\"LINE\" = 2\n"});
  }
  for (auto& [method, path, body] : all) {
    for (std::size_t at = 0; (at = body.find("LINE", at)) != std::string::npos; at += line.size())
      body.replace(at, 4, line);
    auto asked = request(method, path.substr(0, path.find('?')), token_["admin"], body);
    asked.path = language::percent_decode(asked.raw_path);
    if (const auto mark = path.find('?'); mark != std::string::npos) asked.query = path.substr(mark + 1);
    ASSERT_FALSE(api_->refusal(asked)) << path;
    const auto answer = std::make_shared<Answer>();
    api_->handle(asked, answer);
    for (int turn = 0; turn < 3; ++turn) loop_.run_and_wait([this] { fixture_.clock.run_posted(); });
    const auto response = answer->wait();
    EXPECT_GE(response.status, 200) << method << ' ' << path << ' ' << body;
    EXPECT_EQ(response.body.find("hunter2"), std::string::npos) << method << ' ' << path << ' ' << body << '\n'
                                                                << response.body;
  }
  std::ifstream file(folder_ / "audit");
  for (std::string written; std::getline(file, written);)
    EXPECT_EQ(written.find("hunter2"), std::string::npos) << written;
  shown_.groups = nullptr;
}

TEST_F(WhoMay, ChangedSeveralIsWrittenWithHowTheyEnded) {
  control::RemoteControl::Settings settings;
  settings.groups = {{"desks", {"1000", "4711"}}};
  fixture_.command_service->use(std::move(settings));
  say("operate", "POST", "/v1/groups/desks/commands", "snom_button 2 light=on\n");
  say("operate", "POST", "/v1/groups/desks/commands", "snom_command key P1 admin hunter2");
  say("operate", "POST", "/v1/phones/1000@example.com/buttons",
      R"({"buttons":[{"key":"3","light":"on"},{"key":"4","light":"bright"}]})");
  const auto lines = audited();
  ASSERT_GE(lines.size(), 2U);
  EXPECT_EQ(lines[0].at("what"), "snom_button @desks 2 light=on");
  EXPECT_TRUE(lines[0].at("outcome").get<std::string>().starts_with("1 of 2 well; -ERR user '4711' not registered"))
      << lines[0];
  EXPECT_EQ(lines[1].at("what"), "snom_command desks key P1");
  EXPECT_TRUE(lines[1].at("outcome").get<std::string>().starts_with("0 of 2 well; -ERR")) << lines[1];
  std::ifstream file(folder_ / "audit");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
}

TEST_F(WhoMay, IsWrittenInLinesOfBoundedLength) {
  say("operate", "PATCH", key, "{\"label\":\"" + std::string(200000, 'x') + "\"}");
  say("operate", "PATCH", key, "{\"label\":\"" + std::string(1000, '\x01') + "\"}");
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "{\"a\":";
  say("operate", "PATCH", key, deep + "1" + std::string(1000, '}'));
  say("operate", "DELETE", "/v1/phones/" + std::string(5000, 'x') + "/buttons");
  std::ifstream file(folder_ / "audit");
  int lines = 0;
  for (std::string line; std::getline(file, line); ++lines) EXPECT_LT(line.size(), 2500U) << line;
  EXPECT_EQ(lines, 4);
}

TEST_F(WhoMay, IsWrittenIntoANewFileAfterTheOldOneWasTakenAway) {
  say("operate", "DELETE", key);
  std::filesystem::rename(folder_ / "audit", folder_ / "audit.1");
  say("operate", "DELETE", key);
  EXPECT_TRUE(audited().empty());
  audit_->reopen();
  say("operate", "DELETE", key);
  EXPECT_EQ(audited().size(), 1U);
  struct stat status {};
  ASSERT_EQ(::stat((folder_ / "audit").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST(AuditFile, HasToBeAFile) {
  EXPECT_FALSE(AuditLog::open("/nowhere/audit"));
  EXPECT_EQ(AuditLog::open("/dev/null").error(), "/dev/null: expected a regular file, or none yet");
}

}  // namespace
}  // namespace snom::snomd
