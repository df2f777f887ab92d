#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <tl/expected.hpp>

namespace boost::asio::ip {
class address;
}  // namespace boost::asio::ip

namespace snom::http {

/// So many of something at a time, in all and for each address (of IPv6, for each /64: a host has one to itself). Any
/// thread.
class Places final {
 public:
  /// `what`: in the plural, for the reason given: "connections".
  Places(std::string what, std::size_t most, std::size_t most_per_address);
  ~Places();
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  /// Taken until it is destroyed, which may be after the Places are.
  using Place = std::shared_ptr<const void>;
  /// The error says which limit is reached.
  [[nodiscard]] tl::expected<Place, std::string> take(const boost::asio::ip::address& from);
  /// The same of an address as text, without brackets and port.
  [[nodiscard]] tl::expected<Place, std::string> take(std::string_view from);

 private:
  struct Taken;
  const std::string what_;
  const std::size_t most_;
  const std::size_t most_per_address_;
  const std::shared_ptr<Taken> taken_;
};

}  // namespace snom::http
