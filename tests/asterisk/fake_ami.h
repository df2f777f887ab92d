#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "asterisk/ami.h"
#include "control/fake_ports.h"

/// A manager whose answers are given by hand.
namespace snom::asterisk::testing {

using control::testing::FakeClock;
using std::chrono::milliseconds;

inline std::string value(const Fields& fields, std::string_view name) {
  for (const auto& [field, text] : fields) {
    if (field == name) return text;
  }
  return {};
}

class FakeAmi final : public Ami {
 public:
  struct Asked {
    std::string action;
    Fields fields;
    Done done;
  };

  void ask(std::string action, Fields fields, milliseconds /*limit*/, Done done) override {
    asked.push_back({std::move(action), std::move(fields), std::move(done)});
  }

  /// Takes the oldest question of this action that was not answered yet.
  Asked take(std::string_view action) {
    for (auto at = asked.begin(); at != asked.end(); ++at) {
      if (at->action != action) continue;
      auto taken = std::move(*at);
      asked.erase(at);
      return taken;
    }
    ADD_FAILURE() << "nobody asked for " << action;
    return {{}, {}, [](const Answer&) {}};
  }
  [[nodiscard]] std::size_t count(std::string_view action) const {
    std::size_t count = 0;
    for (const auto& one : asked) count += one.action == action ? 1 : 0;
    return count;
  }

  void succeed(std::string_view action, const std::string& message = {}, std::vector<AmiMessage> items = {}) {
    answer(action, true, message, std::move(items));
  }
  void tell_value(const std::string& value) {
    Answer made;
    made.ok = true;
    made.response.fields = {{"Response", "Success"}, {"Value", value}};
    take("Getvar").done(std::move(made));
  }
  void fail(std::string_view action, const std::string& message) { answer(action, false, message, {}); }

  std::deque<Asked> asked;

 private:
  void answer(std::string_view action, bool ok, const std::string& message, std::vector<AmiMessage> items) {
    Answer made;
    made.ok = ok;
    made.message = message;
    made.response.fields = {{"Response", ok ? "Success" : "Error"}, {"Message", message}};
    made.items = std::move(items);
    take(action).done(std::move(made));
  }
};

/// As Asterisk 22.10.1 lists it.
inline AmiMessage contact(const std::string& aor, const std::string& uri, const std::string& call_id = "c1",
                          const std::string& expires = "5000", const std::string& status = "NonQualified") {
  return {{{"Event", "ContactList"},
           {"ActionID", "1"},
           {"ObjectType", "contact"},
           {"ObjectName", aor + ";@f82b46c4c765373579944e73480a6749"},
           {"ViaAddr", "192.0.2.7"},
           {"QualifyTimeout", "3.000000"},
           {"CallId", call_id},
           {"Path", ""},
           {"Endpoint", aor},
           {"ViaPort", "5062"},
           {"Uri", uri},
           {"UserAgent", "snomD862/10.1.226.13"},
           {"ExpirationTime", expires},
           {"Status", status},
           {"RoundtripUsec", "N/A"}}};
}

/// As Asterisk 22.10.1 says what its database has of it: the event DBGetResponse.
inline AmiMessage stored_contact(const std::string& aor, const std::string& uri, const std::string& call_id = "c1",
                                 const std::string& expires = "5000") {
  return {{{"Event", "DBGetResponse"},
           {"Family", "registrar/contact"},
           {"Key", aor + ";@f82b46c4c765373579944e73480a6749"},
           {"Val", R"({"via_addr":"192.0.2.7","qualify_timeout":"3.000000","qualify_2xx_only":"false","call_id":")" +
                       call_id + R"(","reg_server":"","prune_on_boot":"no","path":"","endpoint":")" + aor +
                       R"(","via_port":"5062","authenticate_qualify":"no","uri":")" + uri +
                       R"(","qualify_frequency":"0","user_agent":"snomD862/10.1.226.13","expiration_time":")" +
                       expires + R"(","outbound_proxy":""})"},
           {"ActionID", "1"}}};
}

}  // namespace snom::asterisk::testing
