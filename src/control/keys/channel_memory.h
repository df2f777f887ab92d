#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "control/channel.h"
#include "control/registration.h"

namespace snom::control {

/// By which channels phones of one model and firmware are known not to take keys: the table of models says it, or two
/// of them refused and none took anything. So that further ones are not asked first in a way that they do not know
/// either. Those two are asked as ever when they register anew: should they have another setting then, it is noticed.
/// Control's thread.
class ChannelMemory {
 public:
  /// A phone said that it does not know this channel.
  void refused(const Registration& by, Channel channel);
  /// One of them took something by it after all: nothing is known any more.
  void accepted(const Registration& by, Channel channel);

  /// Those that are tried last.
  [[nodiscard]] std::vector<Channel> avoided(const Registration& contact) const;

 private:
  /// Models and firmwares that are remembered: there are not so many.
  static constexpr std::size_t most = 256;
  /// One might be set up in a strange way.
  static constexpr std::size_t enough = 2;

  /// "D862/10.1.226.13"; empty: no Snom, of which nothing is remembered.
  [[nodiscard]] static std::string kind_of(const Registration& contact);

  /// Addresses of record of those who refused, `enough` at most.
  using Refusers = std::set<std::string>;
  std::map<std::string, std::map<Channel, Refusers>> refused_;
};

}  // namespace snom::control
