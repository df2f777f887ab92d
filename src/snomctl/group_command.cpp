#include "snomctl/group_command.h"

#include <fmt/format.h>

#include "language/percent.h"
#include "language/text.h"
#include "snomctl/answer_json.h"
#include "snomctl/complain.h"
#include "snomctl/show.h"

namespace snom::snomctl {
namespace {

using nlohmann::json;
using What = GroupCommand::What;
using Answer = tl::expected<json, Client::Failure>;

std::string path_of(const GroupCommand& command) { return "/v1/groups/" + language::percent_encode(command.name); }

Answer ask(const Client& client, const GroupCommand& command) {
  switch (command.what) {
    case What::list:
      return client.send("GET", "/v1/groups", nullptr);
    case What::show:
      return client.send("GET", path_of(command), nullptr);
    case What::set:
      return client.send("PUT", path_of(command), {{"members", command.members}});
    case What::remove:
      return client.send("DELETE", path_of(command), nullptr);
    case What::run:
      break;
  }
  return client.send_text("POST", path_of(command) + "/commands", "text/plain; charset=utf-8", command.line);
}

int tell_replies(const json& answer) {
  for (const auto& reply : list_of(answer, "replies")) {
    fmt::print("{}\n", language::printable(reply.is_string() ? reply.get<std::string>() : reply.dump()));
  }
  return flag_of(answer, "ok") ? done : refused;
}

}  // namespace

int run(const Client& client, const GroupCommand& command) {
  const auto answer = ask(client, command);
  if (!answer) return complain(answer.error());
  if (command.as_json) return tell(json_text(*answer, 2) + "\n");
  switch (command.what) {
    case What::list:
      return tell(show_groups(*answer));
    case What::show:
    case What::set:
      return tell(show_groups({{"groups", json::array({*answer})}}));
    case What::remove:
      return tell(fmt::format("forgot '{}'\n", language::printable(command.name)));
    case What::run:
      break;
  }
  return tell_replies(*answer);
}

}  // namespace snom::snomctl
