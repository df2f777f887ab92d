#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "http/raw_server.h"
#include "mod_snom/loaded_module.h"

namespace snom::freeswitch::testing {
namespace {

using namespace std::chrono_literals;
using http::testing::RawServer;
using Clock = std::chrono::steady_clock;

class ModuleUnload : public LoadedModule {
 protected:
  /// A copy of the module that calls itself by another version of the same length: the newer build of a reload.
  static std::string with_version(const std::string& version) {
    std::ifstream in(module, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), {});
    const std::string name = "mod_snom " SNOM_VERSION;
    const auto at = bytes.find(name);
    EXPECT_NE(at, std::string::npos);
    bytes.replace(at, name.size(), "mod_snom " + version);
    const auto file = std::filesystem::temp_directory_path() / ("mod_snom_test_" + std::to_string(getpid()) + ".so");
    std::filesystem::remove(file);
    std::ofstream(file, std::ios::binary) << bytes;
    return file.string();
  }
};

TEST_F(ModuleUnload, LeavesNothingBehind) {
  load();
  EXPECT_GT(host_.left_behind(), 0U);
  EXPECT_TRUE(host_.unload()) << "mod_snom.so is still mapped: something pins it to the process";
  EXPECT_EQ(host_.left_behind(), 0U);
}

TEST_F(ModuleUnload, AReloadLoadsTheNewCode) {
  load();
  EXPECT_TRUE(host_.api("snom_status", "").starts_with("mod_snom " SNOM_VERSION "\n"));
  ASSERT_TRUE(host_.unload());
  std::string other = SNOM_VERSION;
  other.back() = other.back() == '9' ? '8' : '9';
  const auto file = with_version(other);
  ASSERT_TRUE(host_.load(file));
  EXPECT_TRUE(host_.api("snom_status", "").starts_with("mod_snom " + other + "\n"));
  EXPECT_TRUE(host_.unload());
  std::filesystem::remove(file);
}

TEST_F(ModuleUnload, ManyReloadsUnderLoadAreAllClean) {
  std::atomic<bool> stop = false;
  std::atomic<int> calls = 0;
  load();
  // ./run soak-stop asks for more.
  const char* const wanted = std::getenv("SNOM_STOPS");
  const int rounds = wanted != nullptr ? std::atoi(wanted) : 50;
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::thread> callers;
    stop = false;
    for (int i = 0; i < 3; ++i) {
      callers.emplace_back([&] {
        while (!stop) {
          const auto reply = host_.api("snom_bind_key", "2 on DND 1000 example.test internal message api+status");
          EXPECT_TRUE(reply.starts_with("+OK ") || reply.starts_with("-ERR ")) << reply;
          sofia_.press(host_, "1000", "snom+deadbeef");
          ++calls;
        }
      });
    }
    const auto before = calls.load();
    while (calls < before + 5) std::this_thread::yield();
    // FreeSWITCH takes the commands away and lets the calls in them end before it unloads.
    stop = true;
    for (auto& caller : callers) caller.join();
    ASSERT_TRUE(host_.unload()) << "round " << round;
    ASSERT_TRUE(host_.load(module)) << "round " << round;
  }
}

TEST_F(ModuleUnload, IsNotHeldUpByAPhoneThatDoesNotAnswerItsMessage) {
  load();
  sofia_.answer("1000", 0);
  EXPECT_TRUE(bind("2 on DND 1000 example.test internal").starts_with("+OK "));
  ASSERT_TRUE(sofia_.wait_waiting(1));
  const auto begin = Clock::now();
  EXPECT_TRUE(host_.unload()) << "a thread of the module is still in it";
  EXPECT_LT(Clock::now() - begin, 3s);
  EXPECT_EQ(sofia_.waiting(), 1) << "it is mod_sofia's to end";
  sofia_.give_up();
  EXPECT_TRUE(sofia_.wait_waiting(0));
}

TEST_F(ModuleUnload, IsNotHeldUpByASilentWebPage) {
  RawServer page([](RawServer::Peer& peer) { peer.wait_for_the_end(); });
  load({{"http-total-timeout", "60000"}});
  std::string reply;
  std::thread caller([&] { reply = command(page.address() + " key enter"); });
  while (page.connections() == 0) std::this_thread::sleep_for(10ms);
  const auto begin = Clock::now();
  EXPECT_TRUE(host_.unload());
  EXPECT_LT(Clock::now() - begin, 3s);
  caller.join();
  EXPECT_EQ(reply, "-ERR mod_snom is being unloaded\n");
}

TEST_F(ModuleUnload, ThatTheOneBeforeWasUnloadedMayBeToldLate) {
  load();
  ASSERT_TRUE(host_.unload());
  const auto told = host_.wait_for("");
  ASSERT_TRUE(told.has_value());
  ASSERT_EQ((*told)["name"], "snom_status");
  RawServer page([](RawServer::Peer& peer) { peer.wait_for_the_end(); });
  load({{"http-total-timeout", "1000"}});
  host_.fire(*told);
  EXPECT_EQ(command(page.address() + " key enter"),
            "-ERR " + page.address() + " key enter [HTTP:0]: no answer within 1 s\n");
}

TEST_F(ModuleUnload, AtShutdownWhoWaitsIsAnswered) {
  RawServer page([](RawServer::Peer& peer) { peer.wait_for_the_end(); });
  load({{"http-total-timeout", "60000"}});
  std::string reply;
  std::thread caller([&] { reply = command(page.address() + " key enter"); });
  while (page.connections() == 0) std::this_thread::sleep_for(10ms);
  host_.begin_shutdown();
  caller.join();
  EXPECT_EQ(reply, "-ERR FreeSWITCH is shutting down\n");
}

TEST_F(ModuleUnload, WrongSettingsAreRefusedWithTheReasonInTheLog) {
  host_.settings = Settings{{"press-mode", "backwards"}};
  EXPECT_FALSE(host_.load(module));
  ASSERT_FALSE(host_.log().empty());
  EXPECT_EQ(host_.log().back(), "3 mod_snom: snom.conf.xml: press-mode: 'backwards' (expected reference or direct)\n");
  EXPECT_EQ(host_.left_behind(), 0U);
}

TEST_F(ModuleUnload, WithAPinFileThatCannotBeUsedItIsNotLoaded) {
  host_.settings = Settings{{"http-verify", "pin"}, {"http-pin-file", "/nonexistent/pins"}};
  EXPECT_FALSE(host_.load(module));
  ASSERT_FALSE(host_.log().empty());
  EXPECT_EQ(host_.log().back(),
            "3 mod_snom: snom.conf.xml: http-pin-file: /nonexistent/pins: the file of pinned certificates cannot be "
            "written: No such file or directory\n");
  EXPECT_EQ(host_.left_behind(), 0U);
}

TEST_F(ModuleUnload, ThatCertificatesAreNotVerifiedIsLogged) {
  load({{"http-verify", "off"}});
  const auto log = host_.log();
  EXPECT_TRUE(std::any_of(log.begin(), log.end(), [](const std::string& line) {
    return line.starts_with("4 mod_snom: the certificates of phones' web pages are not verified (verify is off)");
  }));
}

TEST_F(ModuleUnload, WithoutAConfigurationTheDefaultsAreTakenAndThatIsSaid) {
  host_.settings.reset();
  ASSERT_TRUE(host_.load(module));
  ASSERT_FALSE(host_.log().empty());
  EXPECT_EQ(host_.log().front(), "5 mod_snom: there is no snom.conf.xml: going by the defaults\n");
}

TEST_F(ModuleUnload, AnEventThatCannotBeBoundRefusesTheLoad) {
  host_.cannot_bind = "sofia::expire";
  host_.settings = Settings{};
  EXPECT_FALSE(host_.load(module));
  EXPECT_EQ(host_.log().back(), "3 mod_snom: cannot bind to event sofia::expire\n");
  EXPECT_EQ(host_.left_behind(), 0U);
}

}  // namespace
}  // namespace snom::freeswitch::testing
