#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "control/commands/command_service.h"
#include "http/server.h"
#include "registration/directory.h"
#include "runtime/allowance.h"

namespace snom::snomd {

/// Presses of phones that register nowhere: their keys of type Action URL ask for `/press/<reference>` here. A
/// reference is made of a secret, the phone and the key, so that it stays the same and nobody guesses it; it counts
/// only from the address that the phone is listed at, and a few times a second. Loop's thread, unless said otherwise.
class PressPage final {
 public:
  /// One listed phone.
  struct Phone {
    std::string user;
    std::string domain;
    std::string profile;
    std::string host;  ///< its address, without brackets
  };
  static constexpr std::string_view prefix = "/press/";

  /// `secret`: at least 16 bytes, of nobody else.
  explicit PressPage(std::string secret) : secret_(std::move(secret)) {}

  /// The phones there are from now on.
  void use(const std::vector<Phone>& phones);

  /// "/press/<32 hex digits>" of a key of a listed phone; nullopt of others. It need not be bound.
  [[nodiscard]] std::optional<std::string> path(const std::string& address_of_record, const std::string& key) const;

  struct Asked {
    std::string path;
    std::string peer;  ///< "192.0.2.7:40000", "[2001:db8::7]:40000"
  };
  using TimePoint = std::chrono::steady_clock::time_point;
  /// Runs what is bound to the key. 200; 404: no phone at that address has such a key, or nothing is bound to it; 403:
  /// there is no phone at that address; 429: more than ten presses at once, and one more each second, from there.
  [[nodiscard]] http::Response press(const Asked& asked, control::CommandService& command_service,
                                     const registration::Directory& directory, TimePoint now);

 private:
  struct Host {
    std::vector<Phone> phones;
    runtime::Allowance presses{most_at_once, 1, {}};
  };
  static constexpr double most_at_once = 10;

  [[nodiscard]] std::string reference(const std::string& address_of_record, const std::string& key) const;

  std::string secret_;
  std::unordered_map<std::string, Host> hosts_;                 ///< by address
  std::unordered_map<std::string, std::string> host_of_phone_;  ///< by address of record
};

}  // namespace snom::snomd
