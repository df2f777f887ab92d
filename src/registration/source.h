#pragma once

#include <functional>
#include <string>

#include "registration/directory.h"

namespace snom::registration {

/// Is told what becomes of registrations, on control's thread, in the order in which it happened.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// A contact that was not there before, or one under a new Call-ID (RFC 3261 section 10.2: the phone rebooted).
  virtual void registered(const RegistrationPointer& registration) = 0;
  /// A contact that registered at another node, and is this one's from now on: to the phone nothing has happened.
  virtual void taken_over(const RegistrationPointer& registration) { registered(registration); }
  /// A contact that was there: this takes the place of what was told of it before. A source that cannot tell a refresh
  /// from a reboot tells registered(), and the Call-ID says which it is.
  virtual void refreshed(const RegistrationPointer& registration) = 0;
  /// A contact went. `why`: "removed", "expired".
  virtual void unregistered(const RegistrationPointer& registration, const std::string& why) = 0;
  /// A contact is another node's from now on: what it shows is not known here any more, but it is there.
  virtual void let_go(const RegistrationPointer& registration, const std::string& why) {
    unregistered(registration, why);
  }
};

/// Who knows where phones are registered, and tells a watcher when that changes: a registrar, or what stands in front
/// of one somewhere else.
///
/// The directory's answers come from what the source knows, without asking anybody. Every change of them is told.
class Source : public Directory {
 public:
  /// Learns what there is to know of those whom the query means, from where it has it, and then posts `done` to
  /// control's thread; within the source's own limit of time, or never once it has stopped. Any thread. Who is about to
  /// find() somebody asks this before, if the source may have been told less than there is.
  virtual void ask_again(const Query& query, std::function<void()> done) = 0;
};

}  // namespace snom::registration
