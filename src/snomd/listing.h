#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "http/server.h"
#include "picture/workroom.h"
#include "sip/event_loop.h"

namespace snom::snomd {

/// One list of phones on its way to a client, {"phones": [...]}, piece by piece: of some phones what is to be said is
/// copied in one turn of the loop, made text in the workroom, and written; the next are copied when the client's
/// connection has taken that. So a list of any length keeps the names of its phones and one piece of text in memory,
/// and the loop for a moment at a time. What is said of one phone is of one moment; the list is not. It keeps itself
/// until the client has it, or is gone.
class Listing final : public std::enable_shared_from_this<Listing> {
 public:
  /// What was copied of one phone, to be made JSON in the workroom.
  using Entry = std::function<nlohmann::json()>;
  /// Of the phones of a list.
  struct Source {
    std::size_t phones = 0;
    /// Copies what there is to say of the phone of that number: none, one or several entries.
    using Copy = std::function<void(std::size_t phone, std::vector<Entry>& entries)>;
    /// At the begin of each turn, in which its Copy is used, on the loop's thread. Empty: snomd is stopping.
    std::function<Copy()> turn;
    std::size_t bytes_an_entry = 0;  ///< about, while it is in memory
  };

  /// `place` is kept as long as the list is. `loop` and `workroom` outlive it.
  Listing(sip::EventLoop& loop, picture::Workroom& workroom, Source source, std::shared_ptr<const void> place);

  /// Once, on the loop's thread. The request is answered 503 if the first piece cannot be made; what fails later breaks
  /// the body off.
  void answer(std::shared_ptr<http::Responder> responder);

 private:
  /// Takes a piece of text, or why there is none; `last`: none follows.
  using Done = std::function<void(std::string text, bool last, std::string_view why_not)>;

  void copy_some(Done done);
  void make_text(std::shared_ptr<const std::vector<Entry>> entries, bool last, Done done);
  [[nodiscard]] std::string text_of(const std::vector<Entry>& entries, bool last);
  void hand_on(http::TakePiece take);

  sip::EventLoop& loop_;
  picture::Workroom& workroom_;
  const Source source_;
  const std::shared_ptr<const void> place_;
  std::size_t next_ = 0;  ///< phone; loop's thread
  /// Set on the workroom's thread, read when that piece was handed on:
  bool begun_ = false;  ///< the first piece is made
  bool ended_ = false;  ///< the last one is
};

}  // namespace snom::snomd
