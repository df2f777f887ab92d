#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "control/channel.h"
#include "control/commands/command_service.h"
#include "http/web_client.h"

namespace snom::freeswitch {

/// autoload_configs/snom.conf.xml. The defaults are those of a file that is not there.
struct Settings {
  enum class PressMode {
    reference,  ///< the phone is told `snom+<unguessable>` in place of `api+...`
    direct,     ///< the phone is told the action as typed, and FreeSWITCH's own `api` chat interface runs it
  };
  /// What becomes of a MESSAGE to `api+<anything>` from a phone, whoever bound it.
  enum class ApiDoor {
    open,    ///< FreeSWITCH runs it, as ever
    bound,   ///< only what snom_bind_key bound to that phone's keys
    closed,  ///< nothing
  };

  using Verify = http::WebClient::Verify;

  bool confirm_delivery = false;                          ///< confirm-delivery
  std::chrono::milliseconds delivery_timeout{5000};       ///< delivery-timeout: 100 to 20000
  std::chrono::milliseconds action_timeout{60000};        ///< action-timeout: of an `api+` action of a pressed key
  std::size_t max_deliveries = 1000;                      ///< max-deliveries: waited for at once
  PressMode press_mode = PressMode::reference;            ///< press-mode
  ApiDoor api_door = ApiDoor::open;                       ///< api-door
  std::chrono::milliseconds connect_timeout{2000};        ///< http-connect-timeout
  std::chrono::milliseconds total_timeout{5000};          ///< http-total-timeout
  int max_redirects = 5;                                  ///< http-max-redirects
  std::size_t max_connections = 1000;                     ///< http-max-connections
  std::size_t max_connections_per_phone = 1;              ///< http-connections-per-phone
  Verify verify = Verify::system;                         ///< http-verify
  std::string ca_file;                                    ///< http-ca-file; empty = the system's store
  std::string pin_file;                                   ///< http-pin-file; not empty with Verify::pin
  std::vector<control::ChannelSettings::Entry> channels;  ///< channel, keys
  std::chrono::milliseconds xml_pause{2000};              ///< xml-pause: 0 to 10000
  std::string picture_folder;                             ///< picture-folder; empty = pictures of screens are not kept

  /// store-file; nullopt = snom.db in FreeSWITCH's db folder, empty = keys are kept in memory only.
  std::optional<std::string> store_file;
  std::string store_url;  ///< store-url: PostgreSQL in place of the file; may hold a password
  std::string node_name;  ///< node-name: this one of several that share store-url; empty = it is alone

  /// confirm-store: a key is on the disk before snom_bind_key answers +OK.
  bool confirm_store = true;

  /// What confirm-delivery and confirm-store say together. A phone is sent only what is on the disk: who waits for its
  /// answer has waited for the disk, whatever confirm-store says.
  [[nodiscard]] control::ReplyWhen reply_when() const;

  using Parameters = std::vector<std::pair<std::string, std::string>>;
  /// Names and values as the file has them. The error names the parameter, what is wrong, what is possible.
  [[nodiscard]] static tl::expected<Settings, std::string> from(const Parameters& parameters);
};

}  // namespace snom::freeswitch
