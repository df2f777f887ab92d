#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/channel.h"
#include "control/registration.h"

namespace snom::control {

/// By which channels phones of one model and firmware are known not to take keys: the table of models says it, or two
/// of them refused and none took anything. So that further ones are not asked first in a way that they do not know
/// either. Those who refused are asked as ever when they register anew: should they have another setting then, it is
/// noticed.
///
/// Who has two accounts can say so of any model. It does not last: of the further ones some are asked as ever, too, the
/// fewer the more have refused, and once one of them took it no refusal counts any more. Control's thread.
class ChannelMemory {
 public:
  /// A phone said that it does not know this channel.
  void refused(const Registration& by, Channel channel);
  /// One of them took something by it: what others refused before and refuse from now on does not count.
  void accepted(const Registration& by, Channel channel);

  /// Those that are tried last.
  [[nodiscard]] std::vector<Channel> avoided(const Registration& contact);

 private:
  /// Models and firmwares that are remembered: there are not so many.
  static constexpr std::size_t most = 256;
  /// One might be set up in a strange way.
  static constexpr std::size_t enough = 2;
  /// Further ones that refused make no difference.
  static constexpr std::size_t most_refusers = 6;

  struct Known {
    std::set<std::string> refusers;  ///< addresses of record, `most_refusers` at most
    std::set<std::string> spared;    ///< that were not asked since one was, 2 to the power of the refusers at most
    bool taken = false;              ///< by one that did not refuse
  };

  struct Kind {
    std::string name;               ///< "D862/10.1.226.13"; empty: no Snom, of which nothing is remembered
    bool takes_no_buttons = false;  ///< the table of models says it
  };
  /// Longer ones are read each time.
  static constexpr std::size_t longest_user_agent = 128;

  [[nodiscard]] static Kind read_kind(const std::string& user_agent);
  /// Until the next call. Asked twice for each document: what User-Agents mean is remembered, as many as `most`.
  [[nodiscard]] const Kind& kind_of(const Registration& contact);
  /// Whether this one is to be asked all the same.
  [[nodiscard]] static bool is_asked(Known& known, const std::string& address_of_record);

  std::map<std::string, std::map<Channel, Known>> known_;
  std::unordered_map<std::string, Kind> kinds_;  ///< by User-Agent
  Kind other_;                                   ///< of the last that was too long
};

}  // namespace snom::control
