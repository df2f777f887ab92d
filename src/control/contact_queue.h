#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "runtime/executor.h"
#include "runtime/executor_handle.h"
#include "runtime/lifetime.h"

namespace snom::control {

/// One thing at a time to each contact, in the order in which they asked for it. The way to a contact is taken by a
/// token, and free again when the last copy of it has gone: a message carries one (OutgoingMessage::under_way), so that
/// nothing newer goes out while a retransmission of it may still come. Memory is used for busy contacts alone.
/// Control's thread, but for the end of a token.
class ContactQueue {
 public:
  using Token = std::shared_ptr<const void>;
  using Turn = std::function<void(Token)>;

  /// `control` outlives this. Tokens need not.
  explicit ContactQueue(runtime::Executor& control) : control_(control) {}
  ~ContactQueue() { control_.close(); }
  ContactQueue(const ContactQueue&) = delete;
  ContactQueue& operator=(const ContactQueue&) = delete;

  /// The way to the contact (profile and URI) if it is free. Else empty, and `turn` gets it later.
  [[nodiscard]] Token enter(const std::string& contact, Turn turn);
  /// How many have asked for the way to this contact and have not left it, the one who has it included.
  [[nodiscard]] std::size_t entered(const std::string& contact) const;
  /// Contacts that are busy.
  [[nodiscard]] std::size_t busy() const { return waiting_.size(); }

 private:
  [[nodiscard]] Token token(const std::string& contact);
  void leave(const std::string& contact);

  runtime::ExecutorHandle control_;
  std::unordered_map<std::string, std::list<Turn>> waiting_;  ///< one entry for each busy contact; few have others
  runtime::Lifetime lifetime_;
};

}  // namespace snom::control
