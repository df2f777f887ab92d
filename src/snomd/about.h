#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tls/store.h"

namespace snom::snomd {

/// What this snomd is, since it started: GET /v1/status tells it. Set once, before the first request.
struct About {
  struct Listener {
    std::string profile;    ///< empty: the HTTP interface
    std::string transport;  ///< "udp", "tcp", "tls", "http", "https"
    std::string address;    ///< "127.0.0.1:5060"
  };
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  std::string store;  ///< the file of keys; empty: they are in memory only
  std::vector<Listener> listening;
  std::shared_ptr<const tls::Store> certificates = nullptr;  ///< null: none
};

/// Of a line as snomd prints it at its start: "internal udp:127.0.0.1:5060", "http 127.0.0.1:8080".
[[nodiscard]] About::Listener listener_of(const std::string& line);

}  // namespace snom::snomd
