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
  /// Any thread. False: nobody reads what was written before, and no more is kept.
  [[nodiscard]] bool write(std::string_view action);
  /// Any thread: a batch of messages was looked at.
  void taken() { --untaken_; }

 private:
  class Socket;
  /// Why it ended, or nullopt: it is to stop.
  [[nodiscard]] std::string once();
  [[nodiscard]] tl::expected<void, std::string> log_in(Socket& socket, AmiReader& reader,
                                                       std::vector<AmiMessage>& early);
  [[nodiscard]] std::string pump(Socket& socket, AmiReader& reader);
  void hand_on(AmiReader& reader, std::vector<AmiMessage> first = {});
  void run();
  void pause();
  [[nodiscard]] bool stopping() const { return stopping_.load(); }

  const Options options_;
  const std::string id_prefix_;
  const Told told_;
  const runtime::WakeUp wake_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> untaken_ = 0;  ///< batches
  bool was_logged_in_ = false;
  unsigned failures_ = 0;
  std::mutex mutex_;
  std::string outbox_;  ///< guarded by mutex_
  bool open_ = false;   ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace snom::asterisk
