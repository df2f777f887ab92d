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
    sofia_.add(phone_1000_);
    sofia_.add(phone_2000_, false);
  }
  /// The module asks mod_sofia to the last.
  void TearDown() override { host_.end(); }
  void load(Settings settings = {}) {
    host_.settings = std::move(settings);
    ASSERT_TRUE(host_.load(module));
  }

  std::string bind(const std::string& arguments) { return host_.api("snom_bind_key", arguments); }
  std::string command(const std::string& arguments) { return host_.api("snom_command", arguments); }
  /// What `n=` was in the newest document of key `key`.
  std::string bound_number(std::size_t messages = 1) {
    const auto sent = sofia_.wait_messages(messages);
    if (sent.size() < messages) return "(no message came)";
    const auto& body = sent.back().body;
    const auto begin = body.find("n=");
    if (begin == std::string::npos) return {};
    return body.substr(begin + 2, body.find('\r', begin) - begin - 2);
  }

  static constexpr const char* module = SNOM_MODULE;
  const FakeSofia::Phone phone_1000_{"1000", "<sip:1000@127.0.0.1:5061;line=abc>"};
  const FakeSofia::Phone phone_2000_{"2000", "\"O'Hara \\\"2\\\"\" <sip:2000@127.0.0.1:5062>"};
  Host host_;
  FakeSofia sofia_{host_};
};

}  // namespace snom::freeswitch::testing
