#include "phone/web_page.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fakes.h"
#include "phone/web_access.h"

namespace snom::phone::testing {
namespace {

using Said = std::vector<std::string>;

http::Request get(const std::string& target) {
  http::Request request;
  request.method = "GET";
  request.target = target;
  request.path = target.substr(0, target.find('?'));
  if (const auto mark = target.find('?'); mark != std::string::npos) request.query = target.substr(mark + 1);
  return request;
}

int status(Bench& bench, const std::string& target) { return answer_page(bench.phone, get(target)).status; }

TEST(WebPage, KeyPressesASequenceAsTheCommandSendsIt) {
  Bench bench;
  EXPECT_EQ(status(bench, "/command.htm?key=1%2C50%2C5000%3B%23%2C50%2C1000"), 200);
  EXPECT_EQ(bench.phone.entry(), "1");
  bench.clock.pass(std::chrono::milliseconds(5050));
  EXPECT_EQ(bench.phone.entry(), "1#");
}

TEST(WebPage, UnknownKeysAndBrokenSequencesAre400) {
  Bench bench;
  EXPECT_EQ(status(bench, "/command.htm?key=BANANA"), 400);
  EXPECT_EQ(status(bench, "/command.htm?key="), 400);
  EXPECT_EQ(status(bench, "/command.htm?key=1%2Cx"), 400);
  EXPECT_EQ(status(bench, "/command.htm?nonsense=1"), 400);
  EXPECT_EQ(bench.phone.key_presses(), 0U);
}

TEST(WebPage, NumberDialsAndFirmware87Redirects) {
  Bench bench;
  const auto answer = answer_page(bench.phone, get("/command.htm?number=1001&outgoing_uri=sip%3A1000%40example.com"));
  EXPECT_EQ(answer.status, 302);
  EXPECT_EQ(answer.headers.at(0), std::pair(std::string("Location"), std::string("/index.htm")));
  EXPECT_EQ(bench.line.take(), (Said{"call 1 1001"}));
  Bench old(Bench::defaults("snom370/7.3.14"));
  EXPECT_EQ(status(old, "/command.htm?number=1001"), 200);
}

TEST(WebPage, DtmfReleaseAndIdentities) {
  Bench bench;
  bench.phone.dial("5");
  bench.phone.call_answered(1);
  bench.line.take();
  EXPECT_EQ(status(bench, "/command.htm?key_dtmf=1%23"), 200);
  EXPECT_EQ(status(bench, "/command.htm?RELEASE_ALL_CALLS"), 200);
  EXPECT_EQ(status(bench, "/command.htm?LOGOFFALL"), 200);
  EXPECT_EQ(status(bench, "/command.htm?LOGOFFLINE=1"), 200);
  EXPECT_EQ(status(bench, "/command.htm?REREGISTER=1"), 200);
  EXPECT_EQ(bench.line.take(), (Said{"dtmf 1 1 160", "dtmf 1 # 160", "hang_up 1", "log_off", "log_off", "log_on"}));
  EXPECT_EQ(status(bench, "/command.htm?LOGOFFLINE=2"), 200);
  EXPECT_TRUE(bench.line.said.empty()) << "it has one identity only";
  EXPECT_EQ(status(bench, "/command.htm?LOGOFFLINE=13"), 400);
  EXPECT_EQ(status(bench, "/command.htm?REREGISTER=x"), 400);
  EXPECT_EQ(status(bench, "/command.htm?key_dtmf=xyz"), 400);
}

TEST(WebPage, RebootAndReset) {
  Bench bench;
  EXPECT_EQ(status(bench, "/advanced_update.htm?reboot=Reboot"), 200);
  EXPECT_TRUE(bench.phone.is_rebooting());
  EXPECT_EQ(status(bench, "/index.htm"), 503);
  bench.clock.pass(std::chrono::seconds(1));
  EXPECT_EQ(status(bench, "/advanced_update.htm?reset=Reset"), 200);
  EXPECT_TRUE(bench.phone.is_rebooting());
  bench.clock.pass(std::chrono::seconds(1));
  EXPECT_EQ(status(bench, "/advanced_update.htm"), 400);
}

TEST(WebPage, CallListsAreCleared) {
  for (const char* word : {"0", "clear"}) {
    Bench bench;
    bench.phone.dial("5");
    EXPECT_EQ(bench.phone.incoming_call(9, "a"), 180);
    bench.press("enter");
    EXPECT_EQ(bench.phone.incoming_call(10, "b"), 180);
    bench.press("cancel");
    EXPECT_EQ(status(bench, std::string("/index.htm?dialeddel=") + word), 200);
    EXPECT_TRUE(bench.phone.list(CallList::dialled).empty());
    EXPECT_FALSE(bench.phone.list(CallList::missed).empty());
    EXPECT_EQ(status(bench, std::string("/index.htm?misseddel=") + word), 200);
    EXPECT_TRUE(bench.phone.list(CallList::missed).empty());
    EXPECT_FALSE(bench.phone.list(CallList::received).empty());
    EXPECT_EQ(status(bench, std::string("/index.htm?receiveddel=") + word), 200);
    EXPECT_TRUE(bench.phone.list(CallList::received).empty());
  }
}

TEST(WebPage, IndexEscapesWhatOthersWrote) {
  Bench bench;
  ASSERT_EQ(bench.buttons("k=1\r\nl=<script>\r\n").status, 200);
  const auto answer = answer_page(bench.phone, get("/index.htm"));
  EXPECT_EQ(answer.content_type, "text/html; charset=utf-8");
  EXPECT_NE(answer.body.find("&lt;script&gt;"), std::string::npos);
  EXPECT_EQ(answer.body.find("<script>"), std::string::npos);
}

TEST(WebPage, SettingsAreKeptAndPasswordsNotShown) {
  Bench bench;
  EXPECT_EQ(status(bench, "/dummy.htm?settings=save&tone_scheme=GER&user_pass1=geheim"), 200);
  EXPECT_EQ(bench.phone.settings().at("user_pass1"), "geheim");
  const std::string state = answer_page(bench.phone, get("/state.json")).body;
  EXPECT_NE(state.find("GER"), std::string::npos);
  EXPECT_EQ(state.find("geheim"), std::string::npos);
  EXPECT_EQ(status(bench, "/dummy.htm?tone_scheme=GER"), 400);
}

TEST(WebPage, StateShowsKeysCallAndLists) {
  Bench bench;
  ASSERT_EQ(bench.buttons("k=2\r\nc=on\r\no=red\r\nl=DND\r\nn=7\r\na=message\r\n").status, 200);
  bench.phone.registered(std::chrono::seconds(60));
  bench.phone.dial("1001");
  const auto answer = answer_page(bench.phone, get("/state.json"));
  EXPECT_EQ(answer.content_type, "application/json");
  const auto state = nlohmann::json::parse(answer.body);
  EXPECT_EQ(state["user"], "1000");
  EXPECT_EQ(state["model"], "370");
  EXPECT_EQ(state["registered"], true);
  EXPECT_EQ(state["call"]["state"], "calling");
  EXPECT_EQ(state["call"]["peer"], "1001");
  EXPECT_EQ(state["dialled"][0], "1001");
  ASSERT_EQ(state["keys"].size(), 12U);
  EXPECT_EQ(state["keys"][1]["key"], "2");
  EXPECT_EQ(state["keys"][1]["light"], "on");
  EXPECT_EQ(state["keys"][1]["colour"], "red");
  EXPECT_EQ(state["keys"][1]["label"], "DND");
  EXPECT_EQ(state["keys"][1]["number"], "7");
  EXPECT_EQ(state["keys"][1]["action"], "message");
  EXPECT_EQ(state["keys"][0]["light"], "off");
}

TEST(WebPage, D8xxHasNoRemoteControlButHands) {
  Bench bench(Bench::defaults("D862"));
  bench.phone.dial("5");
  for (const char* page :
       {"/command.htm?key=enter", "/command.htm?number=1", "/advanced_update.htm?reboot=Reboot",
        "/dummy.htm?settings=save&tone_scheme=GER", "/minibrowser.htm?url=http%3A%2F%2Fh%2Fx", "/screen.bmp"}) {
    EXPECT_EQ(status(bench, page), 404) << page;
  }
  EXPECT_EQ(status(bench, "/index.htm?dialeddel=0"), 200);
  EXPECT_FALSE(bench.phone.list(CallList::dialled).empty()) << "the page is shown and nothing done";
  EXPECT_FALSE(bench.phone.is_rebooting());
  EXPECT_TRUE(bench.phone.settings().empty());
  EXPECT_EQ(status(bench, "/press?key=1"), 200);
  EXPECT_EQ(bench.phone.entry(), "1");
}

TEST(WebPage, MinibrowserRemembersTheAddress) {
  Bench bench;
  EXPECT_EQ(status(bench, "/minibrowser.htm?url=http%3A%2F%2Fh%2Fx.xml%3Fa%3D1"), 200);
  EXPECT_EQ(bench.phone.display().back(), "Page: http://h/x.xml?a=1");
  EXPECT_EQ(nlohmann::json::parse(answer_page(bench.phone, get("/state.json")).body)["page"], "http://h/x.xml?a=1");
  EXPECT_EQ(answer_page(bench.phone, get("/minibrowser.htm")).body, "minibrowser.htm: expected url=ADDRESS\n");
  bench.press("CANCEL");
  EXPECT_EQ(bench.phone.page(), "");
}

TEST(WebPage, ScreenIsABitmap) {
  Bench bench;
  const auto answer = answer_page(bench.phone, get("/screen.bmp"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "image/bmp");
  EXPECT_EQ(answer.body.substr(0, 2), "BM");
}

TEST(WebPage, UnknownPathsAre404AndOtherMethods405) {
  Bench bench;
  EXPECT_EQ(status(bench, "/nothing.htm"), 404);
  http::Request request = get("/index.htm");
  request.method = "DELETE";
  EXPECT_EQ(answer_page(bench.phone, request).status, 405);
}

constexpr std::chrono::steady_clock::time_point now{};
const std::string secret = "0123456789abcdef0123456789abcdef";

TEST(WebAccess, BasicLetsInTheRightOneOnly) {
  WebAccess access({WebScheme::basic, "admin", "0000"}, secret);
  http::Request request = get("/command.htm?key=enter");
  const auto refused = access.refuse(request, now);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->status, 401);
  EXPECT_EQ(refused->headers.at(0).second, "Basic realm=\"snom\"");
  request.headers["authorization"] = "Basic YWRtaW46MDAwMA==";  // admin:0000
  EXPECT_FALSE(access.refuse(request, now).has_value());
  request.headers["authorization"] = "Basic YWRtaW46MDAwMQ==";  // admin:0001
  EXPECT_TRUE(access.refuse(request, now).has_value());
}

TEST(WebAccess, DigestLetsInTheRightOneOnceForEachCount) {
  WebAccess access({WebScheme::digest, "admin", "0000"}, secret);
  http::Request request = get("/command.htm?key=enter");
  const auto refused = access.refuse(request, now);
  ASSERT_TRUE(refused.has_value());
  const auto challenge = language::parse_digest_challenge(refused->headers.at(0).second);
  ASSERT_TRUE(challenge.has_value());
  const auto authorize = [&](const char* password, std::uint32_t count) {
    request.headers["authorization"] =
        language::answer_challenge(*challenge, "admin", password, "GET", request.target, count, "abc").to_string();
  };
  authorize("0001", 1);
  EXPECT_TRUE(access.refuse(request, now).has_value());
  authorize("0000", 1);
  EXPECT_FALSE(access.refuse(request, now).has_value());
  const auto again = access.refuse(request, now);
  ASSERT_TRUE(again.has_value()) << "a replay";
  EXPECT_TRUE(language::parse_digest_challenge(again->headers.at(0).second)->stale);
  authorize("0000", 2);
  request.target = "/advanced_update.htm?reset=Reset";
  EXPECT_TRUE(access.refuse(request, now).has_value()) << "made for another page";
}

TEST(WebAccess, DigestWithSha256TakesNoMd5) {
  WebAccess access({WebScheme::digest_sha256, "admin", "0000"}, secret);
  http::Request request = get("/command.htm?key=enter");
  auto challenge = language::parse_digest_challenge(access.refuse(request, now)->headers.at(0).second);
  ASSERT_TRUE(challenge.has_value());
  EXPECT_EQ(challenge->algorithm, language::DigestAlgorithm::sha256);
  const auto authorize = [&] {
    request.headers["authorization"] =
        language::answer_challenge(*challenge, "admin", "0000", "GET", request.target, 1, "abc").to_string();
  };
  challenge->algorithm = language::DigestAlgorithm::md5;
  authorize();
  EXPECT_TRUE(access.refuse(request, now).has_value());
  challenge->algorithm = language::DigestAlgorithm::sha256;
  authorize();
  EXPECT_FALSE(access.refuse(request, now).has_value());
}

TEST(WebAccess, NoneLetsEverybodyIn) {
  WebAccess access({}, secret);
  EXPECT_FALSE(access.refuse(get("/"), now).has_value());
}

}  // namespace
}  // namespace snom::phone::testing
