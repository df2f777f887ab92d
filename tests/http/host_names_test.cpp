#include "http/host_names.h"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "http/raw_server.h"
#include "http/web_client.h"
#include "language/text.h"

namespace snom::http {
namespace {

using namespace std::chrono_literals;
using testing::RawServer;

/// Looks names up as long as it is not let find them.
struct Slow {
  class Lookup final : public NameLookup {
   public:
    explicit Lookup(std::shared_ptr<Slow> of) : of_(std::move(of)) {
      const int now = ++of_->at_once;
      if (now > of_->most) of_->most = now;
    }
    ~Lookup() override { --of_->at_once; }
    std::optional<std::vector<std::string>> addresses() override {
      if (!of_->found) return std::nullopt;
      return std::vector<std::string>{"127.0.0.1"};
    }

   private:
    std::shared_ptr<Slow> of_;
  };
  static LookUp look_up(const std::shared_ptr<Slow>& slow) {
    return [slow](const std::string&) { return std::make_unique<Lookup>(slow); };
  }
  std::atomic<bool> found = false;
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
};

/// Knows at once.
class Known final : public NameLookup {
 public:
  explicit Known(std::vector<std::string> addresses) : addresses_(std::move(addresses)) {}
  std::optional<std::vector<std::string>> addresses() override { return addresses_; }

 private:
  std::vector<std::string> addresses_;
};

TEST(HostNames, AreLookedUpButForAddressesAndLocalhost) {
  for (const auto* host : {"phone.example", "a", "127.0.0.1.example", "localhost.example"}) {
    EXPECT_TRUE(has_to_be_looked_up(host)) << host;
  }
  for (const auto* host : {"192.0.2.7", "[::1]", "localhost", "LOCALHOST", "x.localhost"}) {
    EXPECT_FALSE(has_to_be_looked_up(host)) << host;
  }
}

TEST(HostNames, AreLookedUpSixteenAtOnce) {
  const auto slow = std::make_shared<Slow>();
  HostNames names(Slow::look_up(slow));
  for (int i = 0; i < 100; ++i) names.find("n" + std::to_string(i));
  EXPECT_TRUE(names.take_found().empty());
  EXPECT_EQ(slow->at_once, 16);
  EXPECT_FALSE(names.forget("n0")) << "it has begun";
  EXPECT_TRUE(names.forget("n99"));
  slow->found = true;
  std::set<std::string> found;
  while (!names.is_idle()) {
    for (const auto& one : names.take_found()) {
      EXPECT_EQ(one.addresses, std::vector<std::string>{"127.0.0.1"});
      found.insert(one.host);
    }
  }
  EXPECT_EQ(found.size(), 99U);
  EXPECT_EQ(slow->most, 16);
}

TEST(HostNames, AreAskedOfTheSystem) {
  HostNames names(look_up_by_system);
  names.find("192.0.2.7");  // a name that needs no server
  std::vector<HostNames::Found> found;
  const auto limit = std::chrono::steady_clock::now() + 10s;
  while ((found = names.take_found()).empty() && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].host, "192.0.2.7");
  EXPECT_EQ(found[0].addresses, std::vector<std::string>{"192.0.2.7"});
  EXPECT_TRUE(names.is_idle());
}

/// What the C library is still at is kept until it has ended; ./run test-asan tells when one is lost.
TEST(HostNames, ThatNobodyWaitsForAnyMoreAreNotLost) {
  for (int i = 0; i < 100; ++i) {
    HostNames names(look_up_by_system);
    names.find("192.0.2.7");
    EXPECT_FALSE(names.is_idle());
  }
}

/// The names of many phones at a name server that says nothing.
TEST(WebClientNames, OfManyHostsAreLookedUpByFewThreadsAndWaitWithinTheirTime) {
  const auto slow = std::make_shared<Slow>();
  WebClient client({.total_timeout = 300ms, .look_up = Slow::look_up(slow)});
  constexpr int many = 200;
  std::mutex mutex;
  std::multiset<std::string> errors;
  std::promise<void> all;
  for (int i = 0; i < many; ++i) {
    client.get({"http://n" + std::to_string(i) + ".example/"}, [&](const WebClient::Response& response) {
      const std::lock_guard lock(mutex);
      errors.insert(response.error);
      if (errors.size() == many) all.set_value();
    });
  }
  EXPECT_EQ(all.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_EQ(errors.count("the address of this host name was not found within 300 ms"), many) << *errors.begin();
  EXPECT_EQ(slow->most, 16);
}

TEST(WebClientNames, AreLookedUpOnceAndAskedUnderTheirNames) {
  std::atomic<int> named = 0;
  RawServer phone([&](RawServer::Peer& peer) {
    while (true) {
      const auto head = peer.read_request();
      if (head.empty()) return;
      if (language::lower_case(head).find("\r\nhost: phone.example:") != std::string::npos) ++named;
      if (!peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) return;
    }
  });
  std::atomic<int> asked = 0;
  WebClient client({.look_up = [&](const std::string& host) {
    ++asked;
    return std::make_unique<Known>(host == "phone.example" ? std::vector<std::string>{"127.0.0.1"}
                                                           : std::vector<std::string>());
  }});
  const auto get = [&client](const std::string& url) {
    auto answered = std::make_shared<std::promise<WebClient::Response>>();
    client.get({url}, [answered](WebClient::Response response) { answered->set_value(std::move(response)); });
    return answered->get_future().get();
  };
  const auto port = phone.address().substr(phone.address().rfind(':'));
  EXPECT_EQ(get("http://Phone.example" + port + "/").status, 200);
  EXPECT_EQ(get("http://phone.example" + port + "/").status, 200);
  EXPECT_EQ(named, 2);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(get("http://nowhere.example" + port + "/").error, "no address is known for this host name");
  EXPECT_EQ(get(phone.url() + "/").status, 200);
  EXPECT_EQ(asked, 2);
}

}  // namespace
}  // namespace snom::http
