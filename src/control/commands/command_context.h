#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "control/keys/key_outcome.h"
#include "control/keys/wanted_keys.h"

/// What a command is run with besides its line. Values.
namespace snom::control {

/// A user name and password of a phone's web page; must show up nowhere else.
struct Credentials {
  std::string username;
  std::string password;
};
/// By the address of record of the phones.
using CredentialsOf = std::map<std::string, Credentials, std::less<>>;

/// Phones by the name of a group, each as a command would name it: "1000", "1000@example.com". None is empty.
using Groups = std::map<std::string, std::vector<std::string>, std::less<>>;

struct CommandContext {
  std::string by = {};  ///< who asks, for the keys that are set: "http"
  /// For the pages of phones that the command asks without credentials of its own; they go before configured ones.
  CredentialsOf credentials = {};
  Groups groups = {};  ///< they go before configured ones
  /// Of a command that sets keys: asked with the phone's keys as they are when they are changed, all changes before
  /// included. False: nothing is changed, and the reply says so. Empty: they are changed however they are. With a
  /// shared store it is asked again where others were quicker, and the last answer counts (WantedKeys::change()).
  std::function<bool(const WantedKeys::View& now)> precondition = {};
  /// The precondition did not hold, and that counts: before the reply.
  std::function<void()> refused = {};
  /// Of a command that sets keys: what its phone, here or at another node, said of them; before the reply that waits
  /// for that. Not called where there is no phone to ask, where its node does not say, or where nothing was changed.
  std::function<void(Delivery)> delivered = {};
  bool is_from_other_node = false;  ///< it is handed on to none
};

}  // namespace snom::control
