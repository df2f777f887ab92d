#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "phone/faults.h"
#include "phone/virtual_phone.h"
#include "phone/web_access.h"
#include "sip/user_agent.h"
#include "tls/store.h"

namespace snom::http {
class Server;
}

namespace snom::phone {

struct FleetOptions {
  std::string server_host;
  std::uint16_t server_port = 5060;
  std::string transport = "udp";
  tls::Settings tls;   ///< of SIP over TLS
  std::string listen;  ///< local SIP address, empty = by the route to the server
  std::string domain;
  std::string realm;               ///< that the password is for; empty = the registrar's
  std::vector<std::string> users;  ///< one phone each
  std::string password;            ///< of all of them
  std::chrono::seconds expires{3600};
  int rate = 500;  ///< registrations started a second
  Model model = model_by_name("370");
  int expansion_keys = 0;
  /// Keys of type BLF, as VirtualPhone::Options has them; "{user}" in a URI is the phone's user.
  std::vector<std::pair<std::string, std::string>> watched_keys;
  /// A list in place of each of them, likewise; empty = none.
  std::string watched_list;
  /// Of each phone's settings: a URL, or a file; "{user}" in it is the phone's user. Empty = none.
  std::string settings;
  std::string settings_ca_file;  ///< of certificates that are trusted at such a URL; empty = the system's
  std::string press_type = VirtualPhone::Options{}.press_type;
  std::chrono::milliseconds reboot_time{1000};
  std::optional<std::chrono::milliseconds> answer_after;
  std::string web_host;                 ///< empty = no web pages
  std::uint16_t web_port = 0;           ///< of the first phone, counting up; 0 = a free one each
  bool web_tls = false;                 ///< https, each phone with a certificate of its own
  std::string web_redirect_host;        ///< https only: an http listener that sends there (307); empty = none
  std::uint16_t web_redirect_port = 0;  ///< as web_port
  WebCredentials web;
  std::string page_host;        ///< of the page of all phones, a loopback address; empty = none
  std::uint16_t page_port = 0;  ///< 0 = a free one
  Faults faults;
  Quirks quirks;
  bool filter_registrar = true;  ///< keys, pages and texts are taken from the server's addresses only
  bool quiet = false;            ///< no events
};

/// Any number of virtual phones in one process: one SIP address for all, a web page each.
class Fleet final {
 public:
  /// Takes each event as a line of JSON, without line end. On the loop's thread, and on the opener's for "listening".
  using Sink = std::function<void(const std::string& line)>;

  /// The phones begin to register. The error says what could not be bound or found. Not on the loop's thread.
  [[nodiscard]] static tl::expected<std::unique_ptr<Fleet>, std::string> open(FleetOptions options, Sink sink);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// Ends calls and registrations and waits for the answers, but not longer than `limit`. Not on the loop's thread.
  void log_off(std::chrono::milliseconds limit);

 private:
  struct Impl;
  explicit Fleet(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace snom::phone
