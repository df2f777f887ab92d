#pragma once

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "mod_snom/host/fake_sofia.h"
#include "mod_snom/host/host.h"

namespace snom::freeswitch::testing {

/// mod_snom.so as it is built, loaded into the host, with two phones registered.
class LoadedModule : public ::testing::Test {
 protected:
  using Settings = std::vector<std::pair<std::string, std::string>>;

  void SetUp() override {
    sofia.add(phone_1000);
    sofia.add(phone_2000, false);
  }
  /// The module asks mod_sofia to the last.
  void TearDown() override { host.end(); }
  void load(Settings settings = {}) {
    host.settings = std::move(settings);
    ASSERT_TRUE(host.load(module));
  }

  std::string bind(const std::string& arguments) { return host.api("snom_bind_key", arguments); }
  std::string command(const std::string& arguments) { return host.api("snom_command", arguments); }
  /// What `n=` was in the newest document of key `key`.
  std::string bound_number(std::size_t messages = 1) {
    const auto sent = sofia.wait_messages(messages);
    if (sent.size() < messages) return "(no message came)";
    const auto& body = sent.back().body;
    const auto begin = body.find("n=");
    if (begin == std::string::npos) return {};
    return body.substr(begin + 2, body.find('\r', begin) - begin - 2);
  }

  static constexpr const char* module = SNOM_MODULE;
  const FakeSofia::Phone phone_1000{"1000", "<sip:1000@127.0.0.1:5061;line=abc>"};
  const FakeSofia::Phone phone_2000{"2000", "\"O'Hara \\\"2\\\"\" <sip:2000@127.0.0.1:5062>"};
  Host host;
  FakeSofia sofia{host};
};

}  // namespace snom::freeswitch::testing
