#include "http/places.h"

#include <utility>

#include <fmt/format.h>

namespace snom::http {
namespace {

namespace ip = boost::asio::ip;

/// Whose it is: two that are equal are one host's.
std::string owner_of(const ip::address& from) {
  if (from.is_v4()) return from.to_string();
  if (from.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, from.to_v6()).to_string();
  const auto bytes = from.to_v6().to_bytes();
  return "/64 " + std::string(bytes.begin(), bytes.begin() + 8);
}

}  // namespace

struct Places::Taken {
  std::size_t all = 0;
  std::unordered_map<std::string, std::size_t> by_owner;
};

Places::Places(std::string what, std::size_t most, std::size_t most_per_address)
    : what_(std::move(what)), most_(most), most_per_address_(most_per_address), taken_(std::make_shared<Taken>()) {}

Places::~Places() = default;

tl::expected<Places::Place, std::string> Places::take(const ip::address& from) {
  if (taken_->all >= most_) {
    return tl::unexpected(fmt::format("too many {}: {} are open, which is the limit", what_, most_));
  }
  auto owner = owner_of(from);
  auto& of_owner = taken_->by_owner[owner];
  if (of_owner >= most_per_address_) {
    return tl::unexpected(fmt::format("too many {} from {}: {} are open, which is the limit for one address", what_,
                                      from.to_string(), most_per_address_));
  }
  auto given_back = [taken = taken_, owner = std::move(owner)](const void*) {
    --taken->all;
    const auto found = taken->by_owner.find(owner);
    if (--found->second == 0) taken->by_owner.erase(found);
  };
  ++of_owner;
  ++taken_->all;
  return Place(taken_.get(), std::move(given_back));
}

}  // namespace snom::http
