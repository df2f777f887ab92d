#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <tl/expected.hpp>

#include "asterisk/ami_client.h"
#include "runtime/wake_up.h"

namespace snom::asterisk {

/// The thread of one AmiClient with its socket: connects, logs in, reads, writes, and begins anew.
class AmiClient::Link final {
 public:
  /// Called on the link's thread.
  struct Told {
    std::function<void(std::string banner)> logged_in;
    std::function<void(std::string why)> lost;
    std::function<void(std::vector<AmiMessage>)> read;  ///< to be given back by taken()
  };

  Link(Options options, std::string id_prefix, Told told);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  void start();
  void stop();
  /// Any thread. Kept until flush(). False: nobody reads what was written before, and no more is kept.
  [[nodiscard]] bool write(std::string_view action);
  /// Any thread, never waits: sends what was written, in one go. What the socket does not take the link's thread sends.
  void flush();
  /// Any thread: a batch of messages was looked at.
  void taken() { --untaken_; }
  /// Any thread: so many actions wait for an answer. See gathering_ms().
  void await(std::size_t answers) { awaited_ = answers; }

 private:
  class Socket;
  class Opened;
  /// Why it ended, or nullopt: it is to stop.
  [[nodiscard]] std::string once();
  /// Answers to what was asked here, and events that somebody is interested in.
  [[nodiscard]] bool is_wanted(const AmiMessage& message) const;
  /// `early`: what came between the answer and the end of booting, of what is wanted.
  [[nodiscard]] tl::expected<void, std::string> log_in(Socket& socket, AmiReader& reader,
                                                       std::vector<AmiMessage>& early);
  [[nodiscard]] std::string pump(Socket& socket, AmiReader& reader);
  void hand_on(AmiReader& reader, std::vector<AmiMessage> first = {});
  void run();
  void pause();
  /// Whether something is left; the error: the connection is lost.
  [[nodiscard]] tl::expected<bool, std::string> write_out();
  /// Answers are left where they are for so long. Each that is read by itself wakes three threads: the link's,
  /// control's and that of whoever asked. So while Asterisk has enough to do those of a moment are read together.
  [[nodiscard]] int gathering_ms() const;
  [[nodiscard]] bool stopping() const { return stopping_.load(); }

  const Options options_;
  const std::string id_prefix_;
  const Told told_;
  const runtime::WakeUp wake_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> untaken_ = 0;  ///< batches
  bool was_logged_in_ = false;
  unsigned failures_ = 0;
  std::atomic<std::size_t> awaited_ = 0;
  std::mutex mutex_;
  std::string outbox_;              ///< guarded by mutex_
  std::size_t written_ = 0;         ///< of outbox_; guarded by mutex_
  const Socket* socket_ = nullptr;  ///< while it is open; guarded by mutex_
  std::thread thread_;
};

}  // namespace snom::asterisk
