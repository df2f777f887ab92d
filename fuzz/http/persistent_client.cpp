#include "http/persistent_client.h"

#include <condition_variable>
#include <mutex>
#include <string>

#include "http/raw_server.h"
#include "loopback_only.h"
#include "targets.h"

namespace snom::fuzz {
namespace {

constexpr std::chrono::seconds patience{15};
constexpr std::size_t longest_body = 4096;
constexpr int requests = 3;

}  // namespace

/// What a server says to each request, and then, where the first byte is even, it ends the connection.
void persistent_client(std::string_view input) {
  watch_destinations({});
  const bool stays = take_byte(input) % 2 == 1;
  std::mutex mutex;
  std::condition_variable changed;
  int told = 0;
  {
    http::testing::RawServer server([&](http::testing::RawServer::Peer& peer) {
      while (!peer.read_request().empty() && peer.send(input) && stays) {
      }
    });
    http::PersistentClient::Options options;
    options.host = "127.0.0.1";
    options.port = static_cast<std::uint16_t>(std::stoi(server.address().substr(server.address().find(':') + 1)));
    options.connections = 2;
    options.longest_body = longest_body;
    // An answer whose rest does not come.
    options.limit = std::chrono::milliseconds(stays ? 30 : 10000);
    http::PersistentClient client(options);
    for (int i = 0; i < requests; ++i) {
      client.send({"PUT", "/", "text/plain", "x"}, [&](const http::PersistentClient::Response& response) {
        const std::lock_guard lock(mutex);
        ++told;
        must(response.status == 0 || (response.status >= 200 && response.error.empty()), "an answer has a status");
        must(response.status != 0 || !response.error.empty(), "no answer has a reason");
        must(response.body.size() <= longest_body, "an answer has a limit");
        must(response.body.size() <= input.size(), "nothing is told that was not sent");
        changed.notify_all();
      });
    }
    std::unique_lock lock(mutex);
    must(changed.wait_for(lock, patience, [&] { return told == requests; }), "each request comes to an end");
  }
  must(told == requests, "it is told once");
}

}  // namespace snom::fuzz
