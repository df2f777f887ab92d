#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/commands/command_service.h"
#include "http/server.h"
#include "picture/workroom.h"
#include "snomd/event_streams.h"
#include "snomd/listing.h"
#include "snomd/press_page.h"

namespace snom::snomd {

/// snomd's HTTP interface; docs/snomd.md is its contract. Both functions are called on the HTTP thread: refusal()
/// checks who asks, handle() does the rest on the loop's thread, where the command service lives. Lists are only copied
/// there, some phones a turn, and become JSON in the workroom, as pictures become PNG.
class Api final {
 public:
  /// What the interface shows, on the loop's thread. nullptr while snomd stops: requests are then answered 503.
  struct Context {
    control::CommandService& command_service;
    const registration::Directory& directory;
    EventStreams& streams;
    PressPage* presses = nullptr;  ///< of listed phones; nullptr: there are none by HTTP
  };

  /// `token`: empty = none asked for. `context` is called on the loop's thread only. `loop` and `workroom` outlive
  /// this.
  Api(sip::EventLoop& loop, picture::Workroom& workroom, std::string token, std::function<Context*()> context);

  /// The refusal, if this request may not do anything. Goes by its headers alone: asked before the body is read.
  [[nodiscard]] std::optional<http::Response> refusal(const http::Request& request) const;
  /// What refusal() let pass.
  void handle(const http::Request& request, std::shared_ptr<http::Responder> responder);

 private:
  using ResponderPointer = std::shared_ptr<http::Responder>;
  /// Copies what a list says of one phone.
  using Copy = std::function<void(const Context& context, std::size_t phone, std::vector<Listing::Entry>& entries)>;

  /// Has the workroom make the response and send it; 503 when it has too much to do. `bytes`: kept until then.
  void answer_elsewhere(std::size_t bytes, ResponderPointer responder, std::function<http::Response()> make);
  /// Loop's thread. `phones`: how many there are to copy.
  void list(std::size_t phones, std::size_t bytes_an_entry, Copy copy, ResponderPointer responder);
  void list_phones(const Context& now, ResponderPointer responder);
  void list_buttons(const Context& now, ResponderPointer responder);

  sip::EventLoop& loop_;
  picture::Workroom& workroom_;
  /// Held by each list while it is written, however that ends.
  const std::shared_ptr<const char> place_ = std::make_shared<const char>('\0');
  std::string token_;
  std::function<Context*()> context_;
};

}  // namespace snom::snomd
