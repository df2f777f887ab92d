#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "http/server.h"
#include "picture/workroom.h"
#include "sip/event_loop.h"
#include "snomd/api_core.h"
#include "snomd/phone_summary.h"

namespace snom::snomd {

/// One page of the phones that a search finds, on its way to a client: {"phones": [...], "next": ..., "total": ...,
/// "states": {...}}. All phones are looked at, some in one turn of the loop; they are put in order in the workroom, and
/// those of the page are copied in further turns. So what is said of one phone is of one moment, and the page is not.
/// It keeps itself until the client has it.
class PhoneSearch final : public std::enable_shared_from_this<PhoneSearch> {
 public:
  enum class Order { state, name };  ///< what is wrong first, then by address of record; or by that alone

  /// Where a phone stands in an order, and so where the next page begins: whether it is still there or not.
  struct Place {
    PhoneState state = PhoneState::silent;
    std::string address_of_record;
    [[nodiscard]] std::string to_cursor() const;
    /// What to_cursor() wrote, and nothing else.
    [[nodiscard]] static std::optional<Place> of_cursor(std::string_view text);
  };

  struct Wish {
    std::string search;  ///< in lower case (of ASCII); empty: everybody
    std::vector<PhoneState> states;
    std::vector<std::string> models;  ///< as plain_model() writes them
    std::size_t limit = 100;
    std::optional<Place> after;
    Order order = Order::state;
    bool with_keys_only = false;
  };
  /// Copies what the page says of one phone.
  using Detail = std::function<std::function<nlohmann::json()>(const ApiContext& context, PhoneSummary phone)>;

  /// `context`: as ApiCore has it. `place` is kept as long as the search is. The others outlive it.
  PhoneSearch(sip::EventLoop& loop, picture::Workroom& workroom, std::function<ApiContext*()> context, Wish wish,
              Detail detail, std::shared_ptr<const void> place);

  /// Once, on the loop's thread.
  void answer(ResponderPointer responder);

 private:
  void look();
  void look_at(const ApiContext& context, std::string address_of_record);
  /// Whatever is looked for. A phone whose keys are all cleared has none.
  [[nodiscard]] bool is_listed(const PhoneSummary& phone) const;
  [[nodiscard]] bool is_found(const ApiContext& context, const PhoneSummary& phone) const;
  void put_in_order();
  void copy();
  void send();
  void fail(std::string_view why);

  sip::EventLoop& loop_;
  picture::Workroom& workroom_;
  const std::function<ApiContext*()> context_;
  const Wish wish_;
  const Detail detail_;
  const std::shared_ptr<const void> place_;
  ResponderPointer responder_;
  std::vector<std::string> phones_;  ///< to be looked at
  std::size_t next_ = 0;
  std::vector<Place> found_;  ///< first all, then those of the page
  bool more_ = false;         ///< after the page
  std::size_t total_ = 0;
  std::array<std::size_t, phone_states.size()> states_{};
  std::vector<std::function<nlohmann::json()>> entries_;
};

}  // namespace snom::snomd
