#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "control/ports.h"
#include "http/web_client.h"
#include "runtime/executor.h"

namespace snom::http {

/// The web client as control wants it: outcomes are posted to control's thread. Control's thread.
class PhoneWebClient final : public control::PhoneWeb {
 public:
  struct Counters {
    std::uint64_t asked = 0;
    std::uint64_t answered = 0;  ///< with 200
    std::uint64_t refused = 0;   ///< with anything else
    std::uint64_t silent = 0;
  };

  /// `control` outlives this.
  PhoneWebClient(runtime::Executor& control, WebClient::Options options)
      : control_(control), client_(std::make_unique<WebClient>(std::move(options))) {}

  void get(control::WebRequest request, std::function<void(control::WebOutcome)> done) override;

  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] std::uint64_t under_way() const {
    return counters_.asked - counters_.answered - counters_.refused - counters_.silent;
  }

  /// Nothing is asked from now on. Whoever lets the client go, which takes up to 1 s and is not for control's thread,
  /// has what is under way told "stopping".
  [[nodiscard]] std::unique_ptr<WebClient> close() { return std::move(client_); }

 private:
  runtime::Executor& control_;
  std::unique_ptr<WebClient> client_;
  Counters counters_;
};

}  // namespace snom::http
