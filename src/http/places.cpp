#include "http/places.h"

#include <utility>

#include <fmt/format.h>

#include "language/address_network.h"

namespace snom::http {

namespace ip = boost::asio::ip;

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
  auto owner = language::network_of(from.to_string());
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
