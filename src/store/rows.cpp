#include "store/rows.h"

#include <algorithm>

namespace snom::store {

std::string joined_members(const control::KeptGroup& group) {
  std::string lines;
  for (const auto& member : group.members) lines.append(lines.empty() ? "" : "\n").append(member);
  return lines;
}

std::vector<std::string> split_members(std::string_view lines) {
  std::vector<std::string> members;
  for (std::size_t begin = 0; begin < lines.size();) {
    const auto end = std::min(lines.find('\n', begin), lines.size());
    members.emplace_back(lines.substr(begin, end - begin));
    begin = end + 1;
  }
  return members;
}

}  // namespace snom::store
