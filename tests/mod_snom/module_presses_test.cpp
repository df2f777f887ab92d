#include "mod_snom/loaded_module.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <new>
#include <thread>

namespace snom::freeswitch::testing {
namespace {

/// Presses, with a FreeSWITCH command `uuid_transfer` that writes down what it was called with.
class ModulePresses : public LoadedModule {
 protected:
  void SetUp() override {
    LoadedModule::SetUp();
    host_.commands["uuid_transfer"] = [this](const std::string& arguments) {
      const std::lock_guard lock(mutex_);
      transferred_.push_back(arguments);
      return std::string("+OK\n");
    };
  }
  std::vector<std::string> transfers() {
    const std::lock_guard lock(mutex_);
    return transferred_;
  }
  void bind_transfer() {
    ASSERT_TRUE(bind("2 on DND 1000 example.test internal message api+uuid_transfer abc 9001").starts_with("+OK "));
    ASSERT_TRUE(host_.wait_for("snom::button"));
  }

  std::mutex mutex_;
  std::vector<std::string> transferred_;
};

TEST_F(ModulePresses, ThePhoneIsToldAReferenceAndItsPressRunsWhatWasBound) {
  load();
  bind_transfer();
  const auto reference = bound_number();
  ASSERT_TRUE(reference.starts_with("snom+")) << reference;
  EXPECT_EQ(reference.size(), 5U + 32U);
  EXPECT_TRUE(sofia_.press(host_, "1000", reference));
  const auto press = host_.wait_for("snom::press");
  ASSERT_TRUE(press);
  EXPECT_EQ((*press)["Accepted"], "true");
  EXPECT_EQ((*press)["Key"], "2");
  EXPECT_EQ((*press)["Action"], "api+uuid_transfer abc 9001");
  EXPECT_EQ((*press)["Output"], "+OK");
  EXPECT_EQ(transfers(), std::vector<std::string>{"abc 9001"});
  // What the command wrote goes back to the phone.
  const auto sent = sofia_.wait_messages(2);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].type, "text/plain;charset=utf-8");
  EXPECT_EQ(sent[1].body, "+OK");
}

TEST_F(ModulePresses, AnActionThatHangsEndsAtItsLimit) {
  std::promise<void> go;
  host_.commands["uuid_transfer"] = [held = go.get_future().share()](const std::string&) {
    held.wait_for(std::chrono::seconds(30));
    return std::string("+OK\n");
  };
  load({{"action-timeout", "1000"}});
  bind_transfer();
  const auto reference = bound_number();
  EXPECT_TRUE(sofia_.press(host_, "1000", reference));
  const auto press = host_.wait_for("snom::press");
  ASSERT_TRUE(press);
  EXPECT_EQ((*press)["Accepted"], "true");
  EXPECT_EQ((*press)["Output"], "-ERR the action has not ended within 1 s (it may still be running)");
  const auto sent = sofia_.wait_messages(2);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].body, "-ERR the action has not ended within 1 s (it may still be running)");
  // Its end comes too late to be told: the next press is the next that is told of.
  go.set_value();
  EXPECT_TRUE(sofia_.press(host_, "1000", reference));
  const auto next = host_.wait_for("snom::press", 2);
  ASSERT_TRUE(next);
  EXPECT_EQ((*next)["Output"], "+OK");
}

TEST_F(ModulePresses, AnotherUsersPressOfTheReferenceRunsNothing) {
  load();
  bind_transfer();
  sofia_.press(host_, "2000", bound_number());
  const auto press = host_.wait_for("snom::press");
  ASSERT_TRUE(press);
  EXPECT_EQ((*press)["Accepted"], "false");
  EXPECT_EQ((*press)["Address-Of-Record"], "2000@example.test");
  EXPECT_TRUE(transfers().empty());
  ASSERT_FALSE(host_.log().empty());
  EXPECT_TRUE(host_.log().back().ends_with(" asked for an action that is not bound to its keys\n"))
      << host_.log().back();
  EXPECT_EQ(host_.log().back().find("4 mod_snom: 2000@example.test at 127.0.0."), 0U) << host_.log().back();
}

TEST_F(ModulePresses, APressFromWhereThePhoneIsNotRegisteredRunsNothing) {
  load();
  bind_transfer();
  sofia_.press(host_, "1000", bound_number(), "", "192.0.2.66");
  const auto press = host_.wait_for("snom::press");
  ASSERT_TRUE(press);
  EXPECT_EQ((*press)["Accepted"], "false");
  EXPECT_EQ((*press)["Reason"], "'1000' is not registered from 192.0.2.66");
  EXPECT_TRUE(transfers().empty());
}

TEST_F(ModulePresses, APressOfNobodyOrOfEverybodyRunsNothing) {
  load();
  bind_transfer();
  for (const auto* user : {"", "*"}) sofia_.press(host_, user, bound_number());
  const auto press = host_.wait_for("snom::press", 2);
  ASSERT_TRUE(press);
  EXPECT_EQ((*press)["Accepted"], "false");
  EXPECT_EQ((*press)["Reason"], "'*' is nobody's name");
  EXPECT_TRUE(transfers().empty());
}

TEST_F(ModulePresses, ACommandInPlaceOfAReferenceRunsNothing) {
  load();
  bind_transfer();
  for (const auto* target : {"snom+uuid_transfer abc 9001", "snom+", "snom+snom+", "snom+deadbeef"}) {
    sofia_.press(host_, "1000", target);
  }
  ASSERT_TRUE(host_.wait_for("snom::press", 4));
  EXPECT_TRUE(transfers().empty());
}

TEST_F(ModulePresses, ANewBindingEndsTheOldReference) {
  load();
  bind_transfer();
  const auto old = bound_number();
  ASSERT_TRUE(bind("2 off DND 1000 example.test internal").starts_with("+OK "));
  ASSERT_TRUE(host_.wait_for("snom::button", 2));
  sofia_.press(host_, "1000", old);
  const auto press = host_.wait_for("snom::press");
  ASSERT_TRUE(press);
  EXPECT_EQ((*press)["Accepted"], "false");
  EXPECT_TRUE(transfers().empty());
}

TEST_F(ModulePresses, AnOldReferenceEndsWhenOnlyAContactThatWasReplacedStillShowedIt) {
  const FakeSofia::Phone other{"1000", "<sip:1000@127.0.0.1:5071;line=b>", "example.test", "127.0.0.1", "call-2"};
  sofia_.add(other, false);
  load();
  bind_transfer();
  const auto old = bound_number(2);
  sofia_.answer(other.contact, 403);
  ASSERT_TRUE(bind("2 on DND 1000 example.test internal message api+uuid_transfer abc 9002").starts_with("+OK "));
  ASSERT_TRUE(host_.wait_for("snom::button", 2));
  std::size_t presses = 0;
  const auto runs = [&] {
    sofia_.press(host_, "1000", old);
    const auto press = host_.wait_for("snom::press", ++presses);
    return press && (*press)["Accepted"] == "true";
  };
  EXPECT_TRUE(runs()) << "the other contact refused what came after it";

  // mod_sofia's table has the first contact alone from now on, and no event says so.
  sofia_.replace_by(phone_1000_);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  bool still_runs = true;
  while (still_runs && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    still_runs = runs();
  }
  EXPECT_FALSE(still_runs);
  EXPECT_NE(host_.api("snom_status", "").find("registered contacts: 2\n"), std::string::npos) << "1000's and 2000's";
}

TEST_F(ModulePresses, InDirectModeThePhoneIsToldTheActionAndItsPressIsOnlyTold) {
  load({{"press-mode", "direct"}});
  bind_transfer();
  EXPECT_EQ(bound_number(), "api+uuid_transfer abc 9001");
  // FreeSWITCH's own chat interface `api`, which this host has not, would run it.
  EXPECT_FALSE(sofia_.press(host_, "1000", "api+uuid_transfer%20abc%209001"));
  const auto press = host_.wait_for("snom::press");
  ASSERT_TRUE(press);
  EXPECT_EQ((*press)["Accepted"], "true");
  EXPECT_EQ((*press)["Action"], "api+uuid_transfer abc 9001");
  EXPECT_TRUE(transfers().empty());
}

/// What passes the module on its way to the chat interface `api`.
class ApiDoor : public ModulePresses {
 protected:
  bool passes(const std::string& user, const std::string& target) {
    Event message{SWITCH_EVENT_MESSAGE,
                  {},
                  {{"proto", "sip"},
                   {"to_proto", "api"},
                   {"sip_profile", "internal"},
                   {"from_user", user},
                   {"from_host", "example.test"},
                   {"from_sip_ip", "127.0.0.1"},
                   {"to_user", target},
                   {"to_host", "example.test"}},
                  ""};
    return host_.passes_watchers(message);
  }
};

TEST_F(ApiDoor, OpenLetsEverythingThroughAsFreeSwitchDoes) {
  load();
  EXPECT_TRUE(passes("2000", "api+status"));
}

TEST_F(ApiDoor, BoundLetsThroughWhatIsBoundToThatPhone) {
  load({{"press-mode", "direct"}, {"api-door", "bound"}});
  bind_transfer();
  EXPECT_TRUE(passes("1000", "api+uuid_transfer%20abc%209001"));
  EXPECT_FALSE(passes("2000", "api+uuid_transfer%20abc%209001"));
  EXPECT_FALSE(passes("1000", "api+shutdown"));
  EXPECT_FALSE(passes("3000", "api+shutdown"));
  const auto refused = host_.wait_for("snom::press", 2);
  ASSERT_TRUE(refused);
  EXPECT_EQ((*refused)["Reason"], "not bound to a key of this phone (api-door)");
}

TEST_F(ApiDoor, ClosedLetsNothingThroughButOtherMessages) {
  load({{"api-door", "closed"}});
  EXPECT_FALSE(passes("1000", "api+status"));
  EXPECT_TRUE(passes("1000", "2000"));
}

/// What runs inside of the module without memory: FreeSWITCH's process goes on, and so does the module.
TEST_F(ModulePresses, WithoutMemoryACommandAPressAndAnEventFailAndNothingEnds) {
  load();
  bind_transfer();
  const auto reference = bound_number();
  const auto sofia = host_.commands["sofia"];
  std::atomic<bool> out_of_memory = true;
  host_.commands["sofia"] = [&](const std::string& arguments) {
    if (out_of_memory) throw std::bad_alloc();
    return sofia(arguments);
  };
  host_.commands["bgapi"] = [&](const std::string&) -> std::string { throw std::bad_alloc(); };

  // On the thread that brings it, on control's thread by a message and by an event, and on a timer.
  EXPECT_EQ(bind("2 on X 3000 example.test internal"), "-ERR the command failed inside mod_snom: see the log\n");
  sofia_.press(host_, "3000", reference);
  sofia_.press(host_, "1000", reference);
  sofia_.replace_by({"1000", "<sip:1000@127.0.0.1:5071;line=new>", "example.test", "127.0.0.1", "call-2"});
  std::this_thread::sleep_for(std::chrono::milliseconds(2300));

  out_of_memory = false;
  EXPECT_TRUE(bind("3 on DND 2000 example.test internal").starts_with("+OK "));
  EXPECT_TRUE(host_.api("snom_status", "").starts_with("mod_snom "));
  const auto log = host_.log();
  const auto told = [&](const std::string& where) {
    return std::any_of(log.begin(), log.end(), [&](const std::string& line) {
      return line.find("mod_snom: " + where + " failed: std::bad_alloc") != std::string::npos;
    });
  };
  EXPECT_TRUE(told("a call from FreeSWITCH"));
  EXPECT_TRUE(told("work on control's thread"));
}

}  // namespace
}  // namespace snom::freeswitch::testing
