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

  virtual ~LongMessages() = default;
  /// Whether it is there at the moment.
  [[nodiscard]] virtual bool is_open() const = 0;
  /// `done` is posted once; `ok`: Asterisk took it, else why not.
  virtual void send(AriMessage message, std::function<void(bool ok, std::string why)> done) = 0;
};

}  // namespace snom::asterisk
