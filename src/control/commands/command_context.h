#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

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
};

}  // namespace snom::control
