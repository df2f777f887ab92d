#include "snomd/phone_groups.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "control/commands/command_table.h"
#include "language/command_line.h"
#include "language/refused.h"
#include "language/text.h"

namespace snom::snomd {
namespace {

constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_member = 256;

bool has_blank_or_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

}  // namespace

std::string why_no_group_name(std::string_view name) {
  if (!name.empty() && name.size() <= longest_name && language::is_utf8(name) && !has_blank_or_control(name) &&
      name.find_first_of("/@*,.:\"<>;'\\") == std::string_view::npos) {
    return {};
  }
  return fmt::format(
      "{} is no name of a group (expected 1 to {} bytes without blanks and without / @ * , . : ; \" < > ' \\)",
      language::in_quotes_to_its_blank(name), longest_name);
}

std::string why_no_member(std::string_view member) {
  const auto at = member.find('@');
  if (!member.empty() && at != 0 && at + 1 != member.size() && member.size() <= longest_member &&
      language::is_utf8(member) && !has_blank_or_control(member) &&
      member.find_first_of("/*,:\"<>;") == std::string_view::npos &&
      (at == std::string_view::npos || member.find('@', at + 1) == std::string_view::npos)) {
    return {};
  }
  return fmt::format("{} is no phone (expected 1000 or 1000@example.com)", language::in_quotes_to_its_blank(member));
}

tl::expected<std::string, std::string> command_for_group(std::string_view group, std::string_view line) {
  const auto name = line.substr(0, line.find(' '));
  const auto rest = line.substr(name.size());
  const bool by_keys = name == control::button_name || name == control::clear_name;
  if (!by_keys && name != control::snom_command_name) {
    return tl::unexpected(fmt::format("expected a command for several phones, without a phone: one of {}, {}, {}",
                                      control::button_name, control::clear_name, control::snom_command_name));
  }
  const auto phones = (by_keys ? "@" : "") + std::string(group);
  return fmt::format("{} {}{}", name, language::quote_argument(phones), rest);
}

tl::expected<void, std::string> PhoneGroups::load() {
  auto kept = store_.load_groups();
  if (!kept) return tl::unexpected(std::move(kept.error()));
  learn(std::move(*kept));
  return {};
}

void PhoneGroups::learn(std::vector<control::KeptGroup> all) {
  groups_.clear();
  for (auto& group : all) groups_.insert_or_assign(std::move(group.name), std::move(group.members));
  use_(groups_);
}

void PhoneGroups::put(std::string name, std::vector<std::string> members, Changed changed) {
  if (waiting_.size() >= limits_.waiting) {
    return changed(tl::unexpected(std::string("too many changes of groups wait for the disk: try again later")));
  }
  waiting_.push_back({{std::move(name), std::move(members)}, std::move(changed)});
  if (waiting_.size() == 1) save_next();
}

std::string PhoneGroups::too_much(const control::KeptGroup& group) const {
  if (group.members.size() > limits_.members) {
    return fmt::format("a group has at most {} members", limits_.members);
  }
  std::size_t members = group.members.size();
  for (const auto& [name, kept] : groups_) members += name == group.name ? 0 : kept.size();
  if (members > limits_.all_members) {
    return fmt::format("all groups have at most {} members together", limits_.all_members);
  }
  const bool is_new = !group.members.empty() && !groups_.contains(group.name);
  return is_new && groups_.size() >= limits_.groups ? fmt::format("there are {} groups already", limits_.groups)
                                                    : std::string();
}

void PhoneGroups::save_next() {
  while (!waiting_.empty()) {
    const auto& next = waiting_.front();
    if (auto why = too_much(next.group); !why.empty()) {
      const auto changed = std::move(waiting_.front().changed);
      waiting_.pop_front();
      changed(tl::unexpected(std::move(why)));
      continue;
    }
    store_.save({{}, {}, {next.group}}, lifetime_.guard([this](const control::ButtonStore::Result& result) {
      auto saved = std::move(waiting_.front());
      waiting_.pop_front();
      if (result) {
        if (saved.group.members.empty()) {
          groups_.erase(saved.group.name);
        } else {
          groups_.insert_or_assign(saved.group.name, std::move(saved.group.members));
        }
        use_(groups_);
      }
      saved.changed(result.map_error([](const control::NotKept& why) { return why.text; }));
      save_next();
    }));
    return;
  }
}

}  // namespace snom::snomd
