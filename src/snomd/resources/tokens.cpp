#include <optional>
#include <utility>

#include <fmt/format.h>

#include "snomd/api_core.h"
#include "snomd/body_json.h"
#include "snomd/problem.h"
#include "snomd/tokens.h"

namespace snom::snomd {
namespace {

using access::Role;
using nlohmann::json;
using Wanted = access::TokenFile::Wanted;

/// What the workroom keeps of such a request, about.
constexpr std::size_t bytes_of_a_change = 512;

template <typename Number>
json number_or_null(const std::optional<Number>& number) {
  return number ? json(*number) : json(nullptr);
}

http::Response not_kept() {
  return problem(404, "this snomd keeps no tokens ([http] tokens_file of its configuration says where)");
}

http::Response failure(const Tokens::Failure& failure) {
  using Kind = Tokens::Failure::Kind;
  switch (failure.kind) {
    case Kind::taken:
      return problem(409, failure.text, "name");
    case Kind::unknown:
      return problem(404, failure.text);
    case Kind::refused:
      return problem(400, failure.text, "name");
    case Kind::broken:
      break;
  }
  return problem(503, failure.text);
}

/// A whole number of `body` from 1 to `most`; nullopt when it is not there or null.
template <typename Number>
tl::expected<std::optional<Number>, http::Response> number_in(const json& body, const char* name, Number most) {
  const auto found = body.find(name);
  if (found == body.end() || found->is_null()) return std::nullopt;
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() < 1 || found->get<std::uint64_t>() > most) {
    return tl::unexpected(problem(400, fmt::format("{}: expected a whole number from 1 to {}", name, most), name));
  }
  return found->get<Number>();
}

tl::expected<Wanted, http::Response> wanted_in(const json& body) {
  if (!body.is_object()) return tl::unexpected(problem(400, "the body is no JSON object"));
  for (const auto& [name, value] : body.items()) {
    if (name != "name" && name != "role" && name != "per_second" && name != "max_body") {
      return tl::unexpected(no_property(name, "name, role, per_second, max_body"));
    }
  }
  const auto text_in = [&body](const char* name) {
    const auto found = body.find(name);
    return found != body.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  Wanted wanted{text_in("name")};
  if (const auto checked = access::check_name(wanted.name); !checked) {
    return tl::unexpected(problem(400, "name: " + checked.error(), "name"));
  }
  const auto role = access::parse_role(text_in("role"));
  if (!role) return tl::unexpected(problem(400, "role: expected read, operate or admin", "role"));
  wanted.role = *role;
  const auto rate = number_in(body, "per_second", access::most_per_second);
  if (!rate) return tl::unexpected(rate.error());
  wanted.per_second = *rate;
  const auto size = number_in(body, "max_body", access::largest_body);
  if (!size) return tl::unexpected(size.error());
  wanted.max_body = *size;
  return wanted;
}

http::Response list(const Tokens& tokens) {
  json all = json::array();
  for (const auto& token : tokens.all()) {
    all.push_back({{"name", token.name},
                   {"role", access::to_string(token.role)},
                   {"created", token.created},
                   {"per_second", number_or_null(token.per_second)},
                   {"max_body", number_or_null(token.max_body)}});
  }
  return json_response(200, {{"tokens", std::move(all)}});
}

http::Response add(Tokens& tokens, const Wanted& wanted) {
  const auto added = tokens.add(wanted);
  if (!added) return failure(added.error());
  auto response =
      json_response(201, {{"name", wanted.name}, {"role", access::to_string(wanted.role)}, {"token", *added}});
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace

void add_tokens(Router& router, ApiCore& core, Tokens& tokens) {
  router.add(Role::admin, "GET", "/v1/tokens",
             [&tokens](const http::Request&, const auto&, ResponderPointer responder) {
               responder->send(tokens.are_kept() ? list(tokens) : not_kept());
             });
  router.add(Role::admin, "POST", "/v1/tokens",
             [&core, &tokens](const http::Request& request, const auto&, ResponderPointer responder) {
               if (!tokens.are_kept()) return responder->send(not_kept());
               auto wanted = body_json(request.body).and_then(wanted_in);
               if (!wanted) return responder->send(wanted.error());
               core.answer_elsewhere(bytes_of_a_change, std::move(responder),
                                     [&tokens, wanted = std::move(*wanted)] { return add(tokens, wanted); });
             });
  router.add(Role::admin, "DELETE", "/v1/tokens/{name}",
             [&core, &tokens](const http::Request&, const Router::Values& values, ResponderPointer responder) {
               if (!tokens.are_kept()) return responder->send(not_kept());
               core.answer_elsewhere(bytes_of_a_change, std::move(responder), [&tokens, name = values[0]] {
                 const auto revoked = tokens.revoke(name);
                 return revoked ? json_response(200, {{"ok", true}}) : failure(revoked.error());
               });
             });
}

}  // namespace snom::snomd
