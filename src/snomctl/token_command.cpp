#include "snomctl/token_command.h"

#include <chrono>
#include <vector>

#include <fmt/format.h>

#include "access/token_file.h"
#include "language/percent.h"
#include "language/text.h"
#include "snomctl/answer_json.h"
#include "snomctl/complain.h"
#include "snomctl/show.h"

namespace snom::snomctl {
namespace {

using access::TokenFile;
using nlohmann::json;

template <typename Number>
json number_or_null(const std::optional<Number>& number) {
  return number ? json(*number) : json(nullptr);
}

/// As GET /v1/tokens has it.
json json_of(const std::vector<access::Token>& tokens) {
  json all = json::array();
  for (const auto& token : tokens) {
    all.push_back({{"name", token.name},
                   {"role", access::to_string(token.role)},
                   {"created", token.created},
                   {"per_second", number_or_null(token.per_second)},
                   {"max_body", number_or_null(token.max_body)}});
  }
  return {{"tokens", std::move(all)}};
}

int show(const json& answer, bool as_json) {
  if (!answer.contains("tokens") || !answer["tokens"].is_array()) {
    return complain("what answered is not snomd: it has no list of tokens", unreachable);
  }
  fmt::print("{}", as_json ? json_text(answer, 2) + "\n" : show_tokens(answer));
  return done;
}

int show_new(const std::string& name, const std::string& role, const std::string& token) {
  fmt::print(stderr, "the token '{}' of the role {}, which nobody can tell again:\n", language::printable(name),
             language::printable(role));
  std::fflush(stderr);
  fmt::print("{}\n", language::printable(token));
  return done;
}

int show_revoked(const std::string& name) {
  fmt::print("revoked '{}'\n", language::printable(name));
  return done;
}

int run_on_file(const TokenCommand& command) {
  TokenFile file(command.file);
  const auto failed = [&](const TokenFile::Failure& failure) {
    return complain(failure.text, failure.kind == TokenFile::Failure::Kind::broken ? bad_usage : refused);
  };
  switch (command.what) {
    case TokenCommand::What::add: {
      const auto role = access::parse_role(command.role);
      if (!role) return complain("--role: expected read, operate or admin", bad_usage);
      const auto added =
          file.add({command.name, *role, command.per_second, command.max_body}, std::chrono::system_clock::now());
      return added ? show_new(command.name, command.role, added->text) : failed(added.error());
    }
    case TokenCommand::What::revoke: {
      const auto revoked = file.revoke(command.name);
      return revoked ? show_revoked(command.name) : failed(revoked.error());
    }
    case TokenCommand::What::list:
      break;
  }
  const auto tokens = file.read_if_changed();
  if (!tokens) return complain(tokens.error(), bad_usage);
  return show(json_of(tokens->value_or(std::vector<access::Token>())), command.as_json);
}

}  // namespace

int run(const Client& client, const TokenCommand& command) {
  if (!command.file.empty()) return run_on_file(command);
  const auto failed = [](const Client::Failure& failure) { return complain(failure); };
  switch (command.what) {
    case TokenCommand::What::add: {
      const json wanted{{"name", command.name},
                        {"role", command.role},
                        {"per_second", number_or_null(command.per_second)},
                        {"max_body", number_or_null(command.max_body)}};
      const auto added = client.send("POST", "/v1/tokens", wanted);
      if (!added) return failed(added.error());
      const auto token = text_of(*added, "token");
      if (token.empty()) return complain("what answered is not snomd: it has no token", unreachable);
      return show_new(command.name, command.role, token);
    }
    case TokenCommand::What::revoke: {
      const auto revoked = client.send("DELETE", "/v1/tokens/" + language::percent_encode(command.name), nullptr);
      return revoked ? show_revoked(command.name) : failed(revoked.error());
    }
    case TokenCommand::What::list:
      break;
  }
  const auto answer = client.get("/v1/tokens");
  return answer ? show(*answer, command.as_json) : failed(answer.error());
}

}  // namespace snom::snomctl
