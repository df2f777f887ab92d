#include "http/places.h"

#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/ip/address.hpp>

#include "language/address_network.h"

namespace snom::http {

namespace ip = boost::asio::ip;

struct Places::Taken {
  std::mutex mutex;
  std::size_t all = 0;
  std::unordered_map<std::string, std::size_t> by_owner;
};

Places::Places(std::string what, std::size_t most, std::size_t most_per_address)
    : what_(std::move(what)), most_(most), most_per_address_(most_per_address), taken_(std::make_shared<Taken>()) {}

Places::~Places() = default;

tl::expected<Places::Place, std::string> Places::take(const ip::address& from) { return take(from.to_string()); }

tl::expected<Places::Place, std::string> Places::take(std::string_view from) {
  auto owner = language::network_of(from);
  std::unique_lock lock(taken_->mutex);
  if (taken_->all >= most_) {
    return tl::unexpected(fmt::format("too many {}: {} are open, which is the limit", what_, most_));
  }
  const auto found = taken_->by_owner.find(owner);
  if (found != taken_->by_owner.end() && found->second >= most_per_address_) {
    return tl::unexpected(fmt::format("too many {} from {}: {} are open, which is the limit for one address", what_,
                                      from, most_per_address_));
  }
  ++taken_->by_owner[owner];
  ++taken_->all;
  auto given_back = [taken = taken_, owner = std::move(owner)](const void*) {
    const std::lock_guard again(taken->mutex);
    --taken->all;
    const auto of_owner = taken->by_owner.find(owner);
    if (--of_owner->second == 0) taken->by_owner.erase(of_owner);
  };
  lock.unlock();  // without memory the place is given back at once
  return Place(taken_.get(), std::move(given_back));
}

}  // namespace snom::http
