#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "phone/virtual_phone.h"

namespace snom::phone {

/// The virtual phones that a page shows, found by user or by place. Phones' thread; they outlive this.
class Phones final {
 public:
  /// Users are unique.
  void add(VirtualPhone& phone);

  [[nodiscard]] VirtualPhone& at(std::size_t place) const { return *phones_.at(place); }
  [[nodiscard]] std::optional<std::size_t> find(std::string_view user) const;
  [[nodiscard]] std::optional<std::size_t> place_of(const VirtualPhone& phone) const;

  /// What a list says of one phone: `user` `model` `registered` `rebooting` `state` `ringing` `lit`. (docs/phones.md)
  [[nodiscard]] std::string summary_json(std::size_t place) const;
  /// Those whose user has `search` in it, in either case; of these `limit` from `offset` on. `total` says how many
  /// have.
  [[nodiscard]] std::string list_json(std::string_view search, std::size_t offset, std::size_t limit) const;

 private:
  std::vector<VirtualPhone*> phones_;
  std::vector<std::string> users_in_lower_case_;
  std::unordered_map<std::string, std::size_t> by_user_;
  std::unordered_map<const VirtualPhone*, std::size_t> by_phone_;
};

}  // namespace snom::phone
