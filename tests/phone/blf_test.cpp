#include <gtest/gtest.h>

#include "phone/fakes.h"
#include "phone/state_json.h"

/// Keys of type BLF: they watch an address, show its dialogs, and call it.
namespace snom::phone {
namespace {

using language::DialogInfo;
using language::DialogState;
using Strings = std::vector<std::string>;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Bench;

const std::string key_2 = "sip:snom+1000-2@example.com";

VirtualPhone::Options with_blf() {
  auto options = Bench::defaults("370");
  options.watched_keys = {{"2", key_2}, {"P3", "sip:1001@example.com"}, {"99", "sip:nobody@example.com"}};
  return options;
}

DialogInfo info(DialogState state, bool held = false) { return {key_2, 1, state, held, "Ada"}; }

TEST(Blf, IsWatchedOnceThePhoneIsRegistered) {
  Bench bench(with_blf());
  bench.line.take();
  bench.phone.registered(seconds(600));
  EXPECT_EQ(bench.line.take(), (Strings{"watch " + key_2, "watch sip:1001@example.com"}));
}

TEST(Blf, ShowsTheStateOfItsDialogs) {
  Bench bench(with_blf());
  const auto light = [&] { return bench.phone.keys()[1].button.light.value_or(language::Light::off); };
  bench.phone.watched(key_2, info(DialogState::early));
  EXPECT_EQ(light(), language::Light::pickup);
  EXPECT_EQ(bench.phone.keys()[1].button.caller, "Ada");
  bench.phone.watched(key_2, info(DialogState::confirmed));
  EXPECT_EQ(light(), language::Light::on);
  bench.phone.watched(key_2, info(DialogState::confirmed, true));
  EXPECT_EQ(light(), language::Light::hold);
  EXPECT_EQ(bench.recorder.names, (Strings{"watched", "watched", "watched"}));
  EXPECT_NE(bench.recorder.lines[2].find(R"("state":"confirmed","held":true,"light":"hold")"), std::string::npos)
      << bench.recorder.lines[2];
  bench.phone.watch_failed(key_2, 403, "Forbidden", milliseconds(1000));
  EXPECT_EQ(light(), language::Light::off) << "what is not told is not shown";
  EXPECT_EQ(bench.phone.keys()[2].button.light, std::nullopt) << "another key's affair";
}

TEST(Blf, CallsItsAddressWhenItIsPressed) {
  Bench bench(with_blf());
  bench.phone.registered(seconds(600));
  bench.line.take();
  ASSERT_TRUE(bench.phone.press({{"P2", {}, {}}}));
  EXPECT_EQ(bench.line.take(), (Strings{"call 1 " + key_2}));
}

TEST(Blf, IsNoKeyThatADocumentSets) {
  Bench bench(with_blf());
  EXPECT_EQ(bench.phone.message("application/x-buttons", "k=2\r\nc=on\r\n", "").status, 404);
  EXPECT_EQ(bench.phone.message("application/x-buttons", "k=4\r\nc=on\r\n", "").status, 200);
}

TEST(Blf, IsOneAgainAfterARestart) {
  Bench bench(with_blf());
  bench.phone.registered(seconds(600));
  bench.phone.watched(key_2, info(DialogState::confirmed));
  bench.phone.restart(VirtualPhone::Restart::reboot);
  bench.phone.watched(key_2, info(DialogState::early));
  EXPECT_EQ(bench.phone.keys()[1].button.light, std::nullopt) << "told while it restarts";
  bench.clock.pass(seconds(2));
  bench.line.take();
  bench.phone.registered(seconds(600));
  EXPECT_EQ(bench.line.take(), (Strings{"watch " + key_2, "watch sip:1001@example.com"}));
  EXPECT_NE(state_json(bench.phone).find(R"("watched":"sip:snom+1000-2@example.com")"), std::string::npos);
}

}  // namespace
}  // namespace snom::phone
