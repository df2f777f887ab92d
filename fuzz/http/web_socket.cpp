#include "http/web_socket_client.h"

#include <condition_variable>
#include <mutex>
#include <string>

#include "http/web_socket_peer.h"
#include "language/text.h"
#include "loopback_only.h"
#include "targets.h"

namespace snom::fuzz {
namespace {

constexpr std::chrono::seconds patience{15};
constexpr std::size_t longest_message = 4096;

}  // namespace

/// What a server sends on a WebSocket, and then it ends. An input that begins with an odd byte is what comes after a
/// handshake that is as it should be; others are all of it.
void web_socket(std::string_view input) {
  watch_destinations({});
  const bool accepted = take_byte(input) % 2 == 1;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t opened = 0;
  std::size_t closed = 0;
  std::size_t bytes = 0;
  std::string why;
  {
    http::testing::RawServer server([&](http::testing::RawServer::Peer& peer) {
      const auto request = peer.read_request();
      if (accepted && !peer.send(http::testing::WebSocketPeer::acceptance(request))) return;
      (void)peer.send(input);
    });
    http::WebSocketClient::Options options;
    options.host = "127.0.0.1";
    options.port = static_cast<std::uint16_t>(std::stoi(server.address().substr(server.address().find(':') + 1)));
    options.target = "/ari/events";
    options.first_pause = std::chrono::minutes(10);
    options.longest_pause = std::chrono::minutes(10);
    options.longest_message = longest_message;
    const http::WebSocketClient client(options, {[&] {
                                                   const std::lock_guard lock(mutex);
                                                   ++opened;
                                                 },
                                                 [&](const std::string& said) {
                                                   const std::lock_guard lock(mutex);
                                                   ++closed;
                                                   why = said;
                                                   changed.notify_all();
                                                 },
                                                 [&](const std::string& text) {
                                                   const std::lock_guard lock(mutex);
                                                   must(opened == 1 && closed == 0, "messages come while it is open");
                                                   must(text.size() <= longest_message, "a message has a limit");
                                                   must(language::is_utf8(text), "a text is UTF-8");
                                                   bytes += text.size();
                                                 }});
    std::unique_lock lock(mutex);
    must(changed.wait_for(lock, patience, [&] { return closed > 0; }), "the end of a connection is told");
  }
  must(closed == 1, "it is told once");
  must(!why.empty(), "an end has a reason");
  must(bytes <= input.size(), "nothing is told that was not sent");
  must(!accepted || opened == 1, "who accepts is believed");
}

}  // namespace snom::fuzz
