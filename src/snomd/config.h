#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "access/gate.h"
#include "asterisk/asterisk.h"
#include "control/keys/key_sync.h"
#include "control/remote/remote_control.h"
#include "control/remote/web_credentials.h"
#include "http/server.h"
#include "http/web_client.h"
#include "sip/server.h"
#include "snomd/event_memory.h"
#include "tls/store.h"

namespace snom::snomd {

/// Where a profile's phones are registered, and so who knows of them and who reaches them.
enum class Phones {
  here,    ///< with snomd
  proxy,   ///< with a proxy, which passes on copies of REGISTERs, or finds phones
  listed,  ///< nowhere: each is at the contact that its user has
  asterisk,
};

struct Profile {
  std::string name;
  Phones phones = Phones::here;
  bool operator==(const Profile&) const = default;
};

/// [provisioning]: settings files for phones that prove who they are.
struct Provisioning {
  std::string listen;        ///< empty = no http
  std::string https_listen;  ///< empty = no https
  std::string folder;
  [[nodiscard]] bool is_wanted() const { return !listen.empty() || !https_listen.empty(); }
};

/// Everything that `snomd --config FILE` says. Documented in docs/snomd.md.
struct Config {
  std::vector<Profile> profiles;  ///< all, in the order of the file; what each has beside this is with its kind
  sip::ServerOptions sip;         ///< with the profiles whose phones are here or behind a proxy
  std::vector<asterisk::Asterisk::Options> asterisks;  ///< of the profiles whose phones are at an Asterisk
  std::vector<sip::User> users;
  std::string http_listen = "127.0.0.1:8080";
  std::string https_listen;  ///< empty = no https
  tls::Settings tls;         ///< [tls], of SIP and HTTP
  /// [limits] http_...
  http::Server::Options http{
      .max_connections = 1024, .max_connections_per_address = 256, .max_streams = 256, .max_streams_per_address = 64};
  EventMemory::Limits events;  ///< [limits] events_...: those that are remembered for who comes back
  std::string press_secret;    ///< of references to listed phones' keys (PressPage); empty = no presses by HTTP
  /// Who may use the HTTP interface: [http] token_file, [limits] http_token_... When no token is wanted, only a
  /// loopback address may be listened on.
  access::Gate::Options gate;
  std::string tokens_file;  ///< where further tokens are kept; empty = nowhere
  std::string audit_file;   ///< of what is changed over HTTP; empty = it goes to the log
  Provisioning provisioning;
  http::WebClient::Options web;
  std::string pin_file;  ///< of the certificates of phones' pages; empty unless web.verify is pin
  std::vector<control::WebCredentials::Entry> web_credentials;
  control::RemoteControl::Settings remote;  ///< [[channel]], [[group]], [limits] xml_pause_ms
  std::string picture_folder;               ///< [pictures] folder; empty = pictures of screens are not kept
  std::string store_path;  ///< file of the wanted keys; empty = in memory only, as [store] path = "" says
  std::string store_url;   ///< [store] url: PostgreSQL in place of the file; may hold a password
  std::string node_name;   ///< [nodes] name: one of several snomd with this store; empty: there is only this
  control::KeySync::Options delivery;  ///< [restore]: how quickly keys go to phones that come back
};

/// Reads a TOML text. The error begins "<name>:<line>: " and says what was expected. Unknown keys are errors too.
[[nodiscard]] tl::expected<Config, std::string> parse_config(std::string_view text, const std::string& name);

/// The same from a file; files that it names are taken from its folder, unless their path begins with /. Without
/// [store] path, keys are kept in keys.db in the folder that systemd made for the service (STATE_DIRECTORY), else
/// beside the configuration under its name: snomd.db for snomd.toml.
[[nodiscard]] tl::expected<Config, std::string> load_config(const std::string& path);

}  // namespace snom::snomd
