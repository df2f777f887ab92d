#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include <fmt/format.h>

#include "language/percent.h"
#include "language/text.h"
#include "snomctl/answer_json.h"
#include "snomctl/client.h"
#include "snomctl/completion.h"
#include "snomctl/local_server.h"

namespace snom::snomctl {
namespace {

constexpr unsigned int limit_s = 2;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// What stands behind `name` on the command line that is being typed.
std::string typed_value(const std::vector<std::string>& words, std::string_view name) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == name) return words[i + 1];
  }
  return "";
}

class Asked final : public Known {
 public:
  explicit Asked(Client client) : client_(std::move(client)) {}

  [[nodiscard]] std::vector<std::string> phones(const std::string& beginning) const override {
    return names("/v1/phones?limit=1000&search=" + language::percent_encode(beginning), "phones", "address_of_record");
  }
  [[nodiscard]] std::vector<std::string> keys(const std::string& phone) const override {
    return names("/v1/phones/" + language::percent_encode(phone) + "/buttons", "buttons", "key");
  }
  [[nodiscard]] std::vector<std::string> groups() const override { return names("/v1/groups", "groups", "name"); }
  [[nodiscard]] std::vector<std::string> profiles() const override {
    return names("/v1/status", "listening", "profile");
  }
  [[nodiscard]] std::vector<std::string> tokens() const override { return names("/v1/tokens", "tokens", "name"); }

 private:
  [[nodiscard]] std::vector<std::string> names(const std::string& path, const char* list, const char* name) const {
    std::vector<std::string> found;
    const auto answer = client_.get(path);
    if (!answer) return found;
    for (const auto& one : list_of(*answer, list)) {
      if (auto text = text_of(one, name); !text.empty()) found.push_back(std::move(text));
    }
    return found;
  }

  Client client_;
};

}  // namespace

int run_completion(const CLI::App& app, const std::vector<std::string>& words) {
  std::signal(SIGALRM, [](int) { _exit(0); });
  ::alarm(limit_s);
  auto server = typed_value(words, "--server");
  if (server.empty()) server = environment("SNOM_SERVER");
  auto token = environment("SNOM_TOKEN");
  auto ca_file = typed_value(words, "--ca-file");
  if (ca_file.empty()) ca_file = environment("SNOM_CA_FILE");
  if (server.empty()) {
    auto configuration = typed_value(words, "--config");
    if (configuration.empty()) configuration = environment("SNOM_CONFIG");
    if (configuration.empty()) configuration = packaged_configuration;
    const auto local = local_server(configuration);
    server = local.address;
    if (token.empty()) token = local.token;
  }
  for (const auto& word : complete(app, words, Asked(Client(server, token, {}, ca_file)))) {
    // One with a line end would be two words for the shell.
    fmt::print("{}\n", language::printable(word));
  }
  return 0;
}

}  // namespace snom::snomctl
