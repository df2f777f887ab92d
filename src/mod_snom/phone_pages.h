#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "control/world.h"
#include "http/web_client.h"
#include "mod_snom/control_thread.h"

namespace snom::freeswitch {

/// The web client as control wants it: outcomes come on control's thread. Control's thread.
class PhonePages final : public control::PhoneWeb {
 public:
  struct Counters {
    std::uint64_t asked = 0;
    std::uint64_t answered = 0;  ///< with 200
    std::uint64_t refused = 0;   ///< with anything else
    std::uint64_t silent = 0;
  };

  PhonePages(ControlThread& control, http::WebClient::Options options)
      : control_(control), client_(std::make_unique<http::WebClient>(std::move(options))) {}

  void get(control::WebRequest request, std::function<void(control::WebOutcome)> done) override;

  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] std::uint64_t under_way() const {
    return counters_.asked - counters_.answered - counters_.refused - counters_.silent;
  }

  /// Ends within 1 s. Not on control's thread.
  void stop() { client_.reset(); }

 private:
  ControlThread& control_;
  std::unique_ptr<http::WebClient> client_;
  Counters counters_;
};

}  // namespace snom::freeswitch
