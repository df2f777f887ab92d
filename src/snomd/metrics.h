#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "control/event.h"
#include "sip/server.h"
#include "snomd/metrics_text.h"
#include "tls/store.h"

namespace snom::snomd {

/// By which way something went to a phone, and what became of it, as /metrics has it.
enum class Way { buttons, notify, text, http, subscription };
enum class Ending { accepted, refused, silent, unconfirmed };
/// What became of what the store was handed. Overtaken: another node was quicker, and it was judged anew.
enum class Storing { kept, failed, overtaken };

/// Counts what happens, for Prometheus (GET /metrics). No label has a value that somebody else could think up, so that
/// there are never more than a few hundred lines. Loop's thread, unless said otherwise.
class Metrics final : public control::EventSink {
 public:
  void publish(const control::Event& event) override;
  /// A request of SIP that was refused.
  void refused(const sip::RefusedRequest& request);
  /// What was sent to a phone has ended. `took`: from the sending to the phone's answer.
  void delivered(Way way, Ending ending, std::chrono::duration<double> took);
  /// Changes were handed to the store, and are kept, or not.
  void storing() { ++stores_waiting_; }
  void stored(Storing outcome, std::chrono::duration<double> took);
  /// A request of HTTP was answered. `pattern`: of its route, which outlives this one's use; empty: there is none. Any
  /// thread.
  void answered(std::string_view method, std::string_view pattern, int status);

  /// Of one of several nodes.
  struct Node {
    bool lease = false;
    std::size_t phones = 0;  ///< that it speaks to
    std::size_t nodes = 0;   ///< that live
  };
  /// What is not counted but looked up.
  struct Now {
    std::size_t restores_waiting = 0;
    std::uint64_t restores = 0;
    const tls::Store* tls = nullptr;          ///< null: no TLS is spoken
    std::optional<Node> node = std::nullopt;  ///< nullopt: this is none
  };
  /// All of it, as Prometheus reads it.
  [[nodiscard]] std::string text(const Now& now) const;

 private:
  static constexpr std::size_t ways = 5;
  static constexpr std::size_t endings = 4;
  /// Method, pattern, and hundreds of the status.
  using Request = std::tuple<std::string_view, std::string_view, int>;

  void note_registered(const registration::Registration& registration);
  void write_phones(MetricsText& text) const;
  void write_deliveries(MetricsText& text) const;
  void write_requests(MetricsText& text) const;
  static void write_tls(MetricsText& text, const tls::Store& store);

  std::array<std::array<std::uint64_t, endings>, ways> deliveries_{};
  std::array<Histogram, ways> delivery_seconds_{};
  std::map<std::string_view, std::uint64_t> registrations_;               ///< by family
  std::unordered_map<std::size_t, std::string_view> family_of_contact_;   ///< of those that are registered
  std::map<std::pair<std::string, std::string>, std::uint64_t> refused_;  ///< by method and why
  std::map<std::pair<std::string, bool>, std::uint64_t> commands_;        ///< by name, and whether it was done
  std::array<std::uint64_t, 2> presses_{};                                ///< refused, accepted
  std::size_t stores_waiting_ = 0;
  std::array<std::uint64_t, 3> stores_{};  ///< by Storing
  Histogram store_seconds_;
  mutable std::mutex mutex_;  ///< for the next
  std::map<Request, std::uint64_t> requests_;
};

/// "3xx", "D8xx" ..., as the table of models has it; "other" for what is no Snom, or none that is known.
[[nodiscard]] std::string_view family_of(std::string_view user_agent);

}  // namespace snom::snomd
