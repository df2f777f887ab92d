#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/phone_selector.h"

namespace snom::control {

/// Which user name and password an administrator configured for a phone's web page. Values and pure functions.
class WebCredentials final {
 public:
  struct Entry {
    std::string user;   ///< whose phone: "1000", or "1000@example.com"; empty = any
    std::string model;  ///< which model: "D862", "snomD862", in any case of letters; empty = any
    std::string username;
    std::string password;  ///< must show up nowhere else
  };

  WebCredentials() = default;
  explicit WebCredentials(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  /// For the phone of an address of record that said it is `user_agent` ("snom370/8.7.5.35"; may be empty). The entry
  /// that says most wins: user and host, then user, then model, then the one for all; of those that say the same the
  /// first. nullptr: none, and always for an empty address of record. Valid as long as this is.
  [[nodiscard]] const Entry* find(std::string_view address_of_record, std::string_view user_agent) const;

 private:
  std::vector<Entry> entries_;
};

}  // namespace snom::control
