#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "asterisk/ari.h"
#include "asterisk/phone_messages.h"
#include "http/persistent_client.h"
#include "http/web_socket_client.h"
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
    bool operator==(const Options&) const = default;
  };
  struct Told {
    std::function<void()> opened;
    std::function<void(const std::string& why)> closed;  ///< each time `why` is another
    std::function<void(const AriText&)> text;
  };

  AriClient(Options options, runtime::Executor& control, Told told);
  ~AriClient() override;
  AriClient(const AriClient&) = delete;
  AriClient& operator=(const AriClient&) = delete;

  void start();
  /// Within 1 s; takes the subscription to texts back, which would stay.
  void stop();

  [[nodiscard]] bool is_open() const override { return open_; }
  void send(AriMessage message, std::function<void(bool ok, std::string why)> done) override;

 private:
  [[nodiscard]] std::string subscription() const;
  void subscribe();
  void opened();
  void closed(const std::string& why);

  const Options options_;
  runtime::Executor& control_;
  const Told told_;
  std::unique_ptr<http::PersistentClient> web_;
  std::unique_ptr<http::WebSocketClient> events_;
  bool open_ = false;
  std::string last_why_;
  runtime::Lifetime lifetime_;
};

}  // namespace snom::asterisk
