#pragma once

#include <string>
#include <vector>

namespace snom::snomctl {

/// The snomd of this machine, as its configuration has it: where it is asked, and the token that it wants.
struct LocalServer {
  std::string address = "http://127.0.0.1:8080";
  std::string token;                 ///< empty: none is known
  std::vector<std::string> domains;  ///< of its profiles
  std::string why_not_understood;  ///< "FILE:LINE: ...", if the configuration is no TOML; empty: it is, or is not there
  std::string why_no_token;        ///< for who is refused without one: which file he may not read; empty: there is none
};

/// Where the Debian package has it.
inline constexpr const char* packaged_configuration = "/etc/snomd/snomd.toml";

/// Of `path`, snomd's configuration, [http] listen and token_file are taken, as far as they can be read: who may read
/// them is root and the group of the service. What cannot be understood is as if it were not there.
[[nodiscard]] LocalServer local_server(const std::string& path);

/// Where one that listens at `listen`, "0.0.0.0:8080", is asked on its own machine; empty: that is no address.
[[nodiscard]] std::string address_to_ask(const std::string& listen);

}  // namespace snom::snomctl
