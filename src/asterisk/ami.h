#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "asterisk/ami_message.h"

namespace snom::asterisk {

/// Asterisk's manager, as those see it who ask it. Control's thread.
class Ami {
 public:
  struct Answer {
    bool ok = false;      ///< it said Success
    std::string message;  ///< what it said; when nothing came, why
    AmiMessage response;
    std::vector<AmiMessage> items;  ///< of a list, in their order
    bool lost = false;              ///< whether the action was carried out is not known
  };
  using Done = std::function<void(Answer)>;

  virtual ~Ami() = default;
  /// `done` is called exactly once, never before this returns: with the response, with a whole list, or when `limit` is
  /// over, the connection is lost, or a field cannot be written.
  virtual void ask(std::string action, Fields fields, std::chrono::milliseconds limit, Done done) = 0;
};

}  // namespace snom::asterisk
