#pragma once

#include <string>
#include <string_view>

/// Which phones a piece of configuration is for. Pure functions.
namespace snom::control {

/// How much "user" and "model" of a configuration say of a phone: 0 = they are for other phones; more = they say more:
/// user and host, then user, then model, then nothing (all phones). `user`: "1000", "1000@example.com" or empty;
/// `model`: "D862", "snomD862" or empty.
[[nodiscard]] int how_well_selected(std::string_view user, std::string_view model, std::string_view address_of_record,
                                    std::string_view user_agent);

/// How a model is written in one way only: "snomd862" and "D862" are both "D862".
[[nodiscard]] std::string plain_model(std::string_view model);

}  // namespace snom::control
