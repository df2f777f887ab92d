#pragma once

#include <functional>
#include <string>

#include "asterisk/ari.h"

namespace snom::asterisk {

/// Who sends MESSAGEs that are too long for the manager. Control's thread.
class LongMessages {
 public:
  /// Bytes of a body; 39,000 passed.
  static constexpr std::size_t longest_body = 32 * 1024;

  struct Answer {
    bool ok = false;       ///< Asterisk took it
    std::string why;       ///< it did not
    bool is_lost = false;  ///< whether it took it is not known
  };

  virtual ~LongMessages() = default;
  /// Whether it is there at the moment.
  [[nodiscard]] virtual bool is_open() const = 0;
  /// `done` is posted once.
  virtual void send(AriMessage message, std::function<void(Answer)> done) = 0;
};

}  // namespace snom::asterisk
