#include "snomd/noted_responder.h"

#include <utility>

#include "runtime/guard.h"

namespace snom::snomd {
namespace {

/// Whether whoever asked may still watch.
struct StillMay {
  std::weak_ptr<const void> alive;
  const access::Gate& gate;
  access::Caller caller;
  [[nodiscard]] bool operator()() const { return !alive.expired() && gate.still_knows(caller); }
};

class RevocableStream final : public http::Stream {
 public:
  RevocableStream(std::shared_ptr<http::Stream> to, StillMay still_may)
      : to_(std::move(to)), still_may_(std::move(still_may)) {}
  bool write(std::string_view bytes) override { return still_may_() && to_->write(bytes); }
  [[nodiscard]] bool open() const override { return still_may_() && to_->open(); }
  [[nodiscard]] std::size_t waiting() const override { return to_->waiting(); }

 private:
  const std::shared_ptr<http::Stream> to_;
  const StillMay still_may_;
};

}  // namespace

NotedResponder::~NotedResponder() {
  runtime::guarded("the note of an HTTP answer", [this] { note(500, {}, {}); });
}

void NotedResponder::send(http::Response response) {
  note(response.status, response.content_type, response.body);
  to_->send(std::move(response));
}

void NotedResponder::send_in_pieces(http::Response first, http::NextPiece next) {
  note(first.status, first.content_type, {});
  to_->send_in_pieces(std::move(first), std::move(next));
}

std::shared_ptr<http::Stream> NotedResponder::stream(std::string content_type) {
  constexpr int ok = 200;
  note(ok, content_type, {});
  return std::make_shared<RevocableStream>(to_->stream(std::move(content_type)),
                                           StillMay{of_.alive, of_.gate, of_.caller});
}

void NotedResponder::note(int status, std::string_view content_type, std::string_view body) {
  if (is_noted_.exchange(true) || of_.alive.expired()) return;
  of_.metrics.answered(of_.method, of_.pattern, status);
  if (of_.change) of_.audit.write(*of_.change, status, content_type, body);
}

}  // namespace snom::snomd
