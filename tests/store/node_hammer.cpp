// snom_node_hammer URL NAME SOCKET: a node without phones. Of each phone that it owns it sends the newest key as a
// datagram "NAME ADDRESS-OF-RECORD REVISION TURN" to the Unix socket, as it would be sent to the phone. Lines on
// standard input: "claim ADDRESS-OF-RECORD", "drain", "stop" (until SIGCONT). Ends at the end of standard input, or
// when it is killed.

#include <sys/socket.h>
#include <sys/un.h>

#include <csignal>
#include <cstring>
#include <iostream>
#include <map>
#include <mutex>
#include <string>

#include "store/node_member.h"

namespace {

using namespace std::chrono_literals;
using snom::store::NodeMember;

class Speaker {
 public:
  Speaker(const char* url, const char* name, const char* socket) : name_(name) {
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    to_.sun_family = AF_UNIX;
    std::strncpy(to_.sun_path, socket, sizeof to_.sun_path - 1);
    NodeMember::Options options{.url = url, .name = name};
    options.lease = {.time_to_live = 1500ms, .margin = 75ms, .grace = 300ms};
    options.renew_every = 300ms;
    options.take_at_once = 4;
    member_ = std::make_unique<NodeMember>(options, [this](const NodeMember::Change& change) { take(change); });
    ready_ = true;
  }
  void claim(const std::string& address_of_record) { member_->claim(address_of_record); }
  void drain() { member_->drain(); }
  /// SIGSTOP, but not between the look at the lease and the sending of one message: nobody is safe from that.
  void stop() {
    const std::lock_guard lock(mutex_);
    raise(SIGSTOP);
  }
  /// All that it may, again and again, as one would who does not know what a phone shows.
  void speak() {
    const std::lock_guard lock(mutex_);
    if (!ready_) return;
    for (const auto& [name, revision] : keys_) {
      const auto ticket = member_->begin(name);
      if (!ticket) continue;
      const auto text = name_ + ' ' + name + ' ' + std::to_string(revision) + ' ' + std::to_string(turns_[name]);
      sendto(socket_, text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&to_), sizeof to_);
      member_->end(*ticket);
    }
  }

 private:
  void take(const NodeMember::Change& change) {
    while (!ready_) std::this_thread::sleep_for(1ms);
    {
      const std::lock_guard lock(mutex_);
      for (const auto& key : change.keys) {
        if (key.wanted) keys_[key.address_of_record] = key.wanted->revision;
      }
      for (const auto& phone : change.found.mine) turns_[phone.address_of_record] = phone.turn;
      member_->found(change.found);
    }
    speak();
  }

  const std::string name_;
  int socket_;
  sockaddr_un to_{};
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> keys_;
  std::map<std::string, std::uint64_t> turns_;
  std::atomic<bool> ready_ = false;
  std::unique_ptr<NodeMember> member_;
};

}  // namespace

int main(int, char** arguments) {
  Speaker speaker(arguments[1], arguments[2], arguments[3]);
  std::atomic<bool> ending = false;
  std::thread clock([&] {
    while (!ending) {
      speaker.speak();
      std::this_thread::sleep_for(50ms);
    }
  });
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "drain") speaker.drain();
    if (line == "stop") speaker.stop();
    if (line.starts_with("claim ")) speaker.claim(line.substr(6));
  }
  ending = true;
  clock.join();
}
