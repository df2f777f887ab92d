#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>

#include "asterisk/ari.h"
#include "asterisk/phone_messages.h"
#include "http/persistent_client.h"
#include "http/web_socket_client.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/lifetime.h"

namespace snom::asterisk {

/// Asterisk's REST interface: MESSAGEs with bodies that no line of the manager holds, and the texts that phones send.
/// Its stream of events is kept open; while it is not, ARI counts as away. Control's thread.
class AriClient final : public LongMessages {
 public:
  struct Options {
    std::string host;  ///< a numeric address
    std::uint16_t port = 8088;
    std::string user;
    std::string password;     ///< must show up nowhere else
    std::string application;  ///< Stasis application that events are for
    bool texts = false;       ///< to be told of texts that phones send
    std::chrono::milliseconds limit{5000};
    std::chrono::milliseconds first_pause{1000};     ///< before it asks again for texts, doubled each time, less up to
    std::chrono::milliseconds longest_pause{30000};  ///< a half
    std::chrono::milliseconds farewell{450};         ///< for each of two requests at the end: Asterisk may be silent
    bool operator==(const Options&) const = default;
  };
  struct Told {
    std::function<void()> opened;
    std::function<void(const std::string& why)> closed;  ///< each time `why` is another
    std::function<void(const AriText&)> text;
    /// Presses by text may be, while the stream is open: Asterisk does not take the subscription, or more come than are
    /// looked at.
    std::function<void(const std::string& why)> texts_lost;
  };

  AriClient(Options options, runtime::Executor& control, runtime::Clock& clock, Told told);
  ~AriClient() override;
  AriClient(const AriClient&) = delete;
  AriClient& operator=(const AriClient&) = delete;

  void start();
  /// Within twice Options::farewell; takes the subscription to texts back, which would stay. Nothing is told any more.
  void stop();

  [[nodiscard]] bool is_open() const override { return open_; }
  void send(AriMessage message, std::function<void(Answer)> done) override;

 private:
  [[nodiscard]] std::string subscription() const;
  /// To texts; of that stream of events.
  void subscribe(unsigned stream);
  void subscribed(unsigned stream, const std::string& why_not);
  void heard(const std::string& event);  // thread of the events
  void opened();
  void closed(const std::string& why);

  const Options options_;
  runtime::Executor& control_;
  runtime::Clock& clock_;
  const Told told_;
  std::unique_ptr<http::PersistentClient> web_;  ///< from start() to stop()
  std::unique_ptr<http::WebSocketClient> events_;
  std::future<void> subscribing_;  ///< until Asterisk has answered the last subscription
  bool open_ = false;
  unsigned stream_ = 0;        ///< how many streams of events were opened
  unsigned unsubscribed_ = 0;  ///< how often in a row Asterisk did not take the subscription
  std::string last_why_;
  std::string why_no_texts_;
  std::atomic<std::size_t> untaken_ = 0;   ///< bytes of texts that control has not looked at
  std::atomic<bool> drops_texts_ = false;  ///< and that was said
  runtime::Lifetime lifetime_;
};

}  // namespace snom::asterisk
