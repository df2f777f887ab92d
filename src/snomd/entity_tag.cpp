#include "snomd/entity_tag.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "snomd/problem.h"

namespace snom::snomd {
namespace {

using control::WantedButton;
using control::WantedKeys;

/// A list of entity tags (RFC 9110 section 8.8.3); nullopt: it is none. Weak ones never match (section 13.1.1) and are
/// left out.
std::optional<std::vector<std::string>> tags_in(std::string_view list) {
  std::vector<std::string> tags;
  bool is_first = true;
  for (;;) {
    const auto begin = list.find_first_not_of(" \t,");
    const bool has_comma = list.substr(0, begin).find(',') != std::string_view::npos;
    if (begin == std::string_view::npos) return is_first ? std::nullopt : std::optional(std::move(tags));
    if (!is_first && !has_comma) return std::nullopt;
    list.remove_prefix(begin);
    const bool is_weak = list.starts_with("W/");
    if (is_weak) list.remove_prefix(2);
    const auto end = list.starts_with('"') ? list.find('"', 1) : std::string_view::npos;
    if (end == std::string_view::npos) return std::nullopt;
    if (!is_weak) tags.emplace_back(list.substr(0, end + 1));
    list.remove_prefix(end + 1);
    is_first = false;
  }
}

const WantedButton* find(const WantedKeys::View& now, const std::string& key) {
  const auto* wanted = now.find(key);
  return wanted == nullptr || wanted->cleared ? nullptr : wanted;
}

/// nullopt: there is no such key.
std::optional<std::string> tag_now(const WantedKeys::View& now, const std::string& key) {
  if (!key.empty()) {
    const auto* wanted = find(now, key);
    if (wanted == nullptr) return std::nullopt;
    return entity_tag(wanted->revision, wanted->set_at);
  }
  std::vector<const WantedButton*> all;
  for (const auto& name : now.keys()) {
    if (const auto* wanted = find(now, name)) all.push_back(wanted);
  }
  return entity_tag(all);
}

}  // namespace

std::string entity_tag(std::uint64_t revision, runtime::Clock::WallTime set_at) {
  const auto when = std::chrono::floor<std::chrono::milliseconds>(set_at).time_since_epoch().count();
  return fmt::format("\"{:x}-{:x}\"", revision, when);
}

std::string entity_tag(const std::vector<const WantedButton*>& keys) {
  std::vector<std::string> parts;
  for (const auto* key : keys) {
    if (!key->cleared) parts.push_back(key->button.key + ' ' + entity_tag(key->revision, key->set_at));
  }
  std::sort(parts.begin(), parts.end());
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const auto& part : parts) {
    for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    hash = (hash ^ 0xffU) * 0x100000001b3U;
  }
  return fmt::format("\"{:x}-{:x}\"", parts.size(), hash);
}

tl::expected<Precondition, http::Response> precondition_of(const http::Request& request, const std::string& key) {
  const auto match = request.header("if-match");
  const auto none = request.header("if-none-match");
  // One that is there and empty is no condition that holds: what came out of a variable that was never filled.
  const bool has_match = request.has_header("if-match");
  const bool has_none = request.has_header("if-none-match");
  if (!has_match && !has_none) return Precondition();
  if (has_none && (none != "*" || has_match)) {
    return tl::unexpected(problem(400, "If-None-Match: expected * (only if it is not there), and no If-Match beside it",
                                  "If-None-Match"));
  }
  if (has_none) {
    return Precondition([key](const WantedKeys::View& now) {
      const auto tag = tag_now(now, key);
      return !tag || (key.empty() && *tag == entity_tag(std::vector<const WantedButton*>{}));
    });
  }
  if (match == "*") return Precondition([key](const WantedKeys::View& now) { return tag_now(now, key).has_value(); });
  auto tags = tags_in(match);
  if (!tags) {
    return tl::unexpected(
        problem(400, "If-Match: expected what an answer had as ETag, with its quotes, or *", "If-Match"));
  }
  return Precondition([key, tags = std::move(*tags)](const WantedKeys::View& now) {
    const auto tag = tag_now(now, key);
    return tag && std::find(tags.begin(), tags.end(), *tag) != tags.end();
  });
}

}  // namespace snom::snomd
