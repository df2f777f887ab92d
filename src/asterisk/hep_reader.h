#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <tl/expected.hpp>

#include "asterisk/hep.h"
#include "runtime/wake_up.h"

namespace snom::asterisk {

/// Takes the copies that Asterisk's res_hep sends to a UDP port, on a thread of its own. Of them only MESSAGEs with a
/// reference and final answers to MESSAGE and NOTIFY are handed on; all else is thrown away at once.
class HepReader final {
 public:
  struct Options {
    std::string host;  ///< a numeric address to listen on
    std::uint16_t port = 0;
    std::string from;      ///< the only address that copies are taken from
    std::string password;  ///< capture_password; empty = none asked for
    bool operator==(const Options&) const = default;
  };
  /// Called on the reader's thread. To be given back by taken().
  using Told = std::function<void(SipCopy)>;

  /// The error names the address that could not be bound.
  [[nodiscard]] static tl::expected<std::unique_ptr<HepReader>, std::string> open(const Options& options, Told told);
  /// Ends the thread, within 1 s.
  ~HepReader();
  HepReader(const HepReader&) = delete;
  HepReader& operator=(const HepReader&) = delete;

  /// Any thread: a copy was looked at.
  void taken() { --untaken_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  HepReader(Options options, Told told, int socket);
  void run();
  void read();

  const Options options_;
  const Told told_;
  const int socket_;
  std::vector<char> buffer_;
  const runtime::WakeUp wake_;
  std::uint16_t port_ = 0;
  std::atomic<int> untaken_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace snom::asterisk
