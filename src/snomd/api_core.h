#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "control/commands/command_service.h"
#include "http/server.h"
#include "picture/workroom.h"
#include "registration/directory.h"
#include "sip/event_loop.h"
#include "snomd/event_streams.h"
#include "snomd/listing.h"
#include "snomd/press_page.h"
#include "snomd/router.h"

namespace snom::snomd {

/// What the HTTP interface shows, on the loop's thread.
struct ApiContext {
  control::CommandService& command_service;
  const registration::Directory& directory;
  EventStreams& streams;
  PressPage* presses = nullptr;  ///< of listed phones; nullptr: there are none by HTTP
};

using ResponderPointer = std::shared_ptr<http::Responder>;

/// What the resources of the HTTP interface (resources/) have in common. Any thread, unless said otherwise.
class ApiCore final {
 public:
  /// `context`: nullptr while snomd stops; called on the loop's thread only. `loop` and `workroom` outlive this.
  ApiCore(sip::EventLoop& loop, picture::Workroom& workroom, std::function<ApiContext*()> context)
      : loop_(loop), workroom_(workroom), context_(std::move(context)) {}

  /// Runs `work` on the loop's thread; answers 503 while snomd stops.
  void on_loop(ResponderPointer responder, std::function<void(ApiContext&)> work);
  /// Has the workroom make the response and send it; 503 when it has too much to do. `bytes`: kept until then.
  void answer_elsewhere(std::size_t bytes, ResponderPointer responder, std::function<http::Response()> make);

  /// Copies what a list says of one phone.
  using Copy = std::function<void(const ApiContext& context, std::size_t phone, std::vector<Listing::Entry>& entries)>;
  /// Answers with a list, piece by piece. Loop's thread. `phones`: how many there are to copy.
  void list(std::size_t phones, std::size_t bytes_an_entry, Copy copy, ResponderPointer responder);

 private:
  sip::EventLoop& loop_;
  picture::Workroom& workroom_;
  /// Held by each list while it is written, however that ends.
  const std::shared_ptr<const char> place_ = std::make_shared<const char>('\0');
  std::function<ApiContext*()> context_;
};

/// Contacts of "user@host"; none when it is not registered. Loop's thread.
[[nodiscard]] std::vector<registration::RegistrationPointer> contacts_of(const ApiContext& context,
                                                                         const std::string& phone);
[[nodiscard]] http::Response no_such_phone(const std::string& phone);

// The resources, a file each. `core` outlives the router.
void add_commands(Router& router, ApiCore& core);
void add_phones(Router& router, ApiCore& core);
void add_buttons(Router& router, ApiCore& core);
void add_events(Router& router, ApiCore& core);
void add_presses(Router& router, ApiCore& core);
void add_health(Router& router, ApiCore& core);

}  // namespace snom::snomd
