#include "snomctl/local_server.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "file/read_file.h"
#include "language/refused.h"
#include "language/toml_nesting.h"

namespace snom::snomctl {
namespace {

/// There, but not for this user.
bool is_closed(const std::string& path) { return ::access(path.c_str(), R_OK) != 0 && errno == EACCES; }

std::string closed(const std::string& path) {
  return fmt::format("{} is for root and the service's group, see 'ls -l {}'", path, path);
}

void take_token(const std::string& folder, const std::string& name, LocalServer& server) {
  const auto path = (std::filesystem::path(folder) / name).string();
  if (is_closed(path)) server.why_no_token = closed(path);
  auto line = file::read_first_line(path);
  if (!line) return;
  line->erase(line->find_last_not_of(" \t\r") + 1);
  server.token = std::move(*line);
}

void take_domains(const toml::table& root, LocalServer& server) {
  const toml::array* profiles = root["profile"].as_array();
  if (profiles == nullptr) return;
  for (const toml::node& profile : *profiles) {
    const toml::table* table = profile.as_table();
    if (table == nullptr) continue;
    if (auto domain = (*table)["domain"].value<std::string>()) server.domains.push_back(std::move(*domain));
  }
}

}  // namespace

std::string address_to_ask(const std::string& listen) {
  const auto colon = listen.rfind(':');
  if (colon == std::string::npos || colon == 0) return {};
  auto host = listen.substr(0, colon);
  const auto port = std::string_view(listen).substr(colon + 1);
  if (port.empty() || port == "0" || port.find_first_not_of("0123456789") != std::string_view::npos) return {};
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "[::]") host = "[::1]";
  return fmt::format("http://{}:{}", host, port);
}

LocalServer local_server(const std::string& path) {
  LocalServer server;
  if (is_closed(path)) server.why_no_token = closed(path);
  const auto text = file::read(path);
  if (!text || language::toml_line_too_deep(*text)) return server;
  try {
    const toml::table root = toml::parse(*text, path);
    take_domains(root, server);
    const toml::table* http = root["http"].as_table();
    if (http == nullptr) return server;
    if (const auto listen = (*http)["listen"].value<std::string>()) {
      if (auto address = address_to_ask(*listen); !address.empty()) server.address = std::move(address);
    }
    if (const auto file = (*http)["token_file"].value<std::string>()) {
      take_token(std::filesystem::path(path).parent_path().string(), *file, server);
    }
  } catch (const toml::parse_error& error) {
    server.why_not_understood =
        fmt::format("{}:{}: {}", path, error.source().begin.line, language::shown_toml_error(error.description()));
  }
  return server;
}

}  // namespace snom::snomctl
