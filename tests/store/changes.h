#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "control/keys/button_store.h"

/// A sequence of changes in which the n-th is known from n alone, so that who looks at a store after a crash knows what
/// should be in it.
namespace snom::store::testing {

using control::ButtonStore;
using control::WantedButton;

inline WantedButton wanted(const std::string& address_of_record, const std::string& key, const std::string& label,
                           std::uint64_t revision = 1) {
  WantedButton made;
  made.address_of_record = address_of_record;
  made.button.key = key;
  made.button.light = language::Light::on;
  made.button.label = label;
  made.revision = revision;
  return made;
}

/// Sorted by address of record and key.
inline std::vector<WantedButton> sorted(std::vector<WantedButton> all) {
  std::sort(all.begin(), all.end(), [](const WantedButton& a, const WantedButton& b) {
    return std::tie(a.address_of_record, a.button.key) < std::tie(b.address_of_record, b.button.key);
  });
  return all;
}

constexpr std::uint64_t sequence_phones = 97;
constexpr int sequence_keys = 6;

/// Change n (from 1) sets some keys of one phone to n and forgets the others.
inline ButtonStore::Change sequence_change(std::uint64_t n) {
  ButtonStore::Change change;
  const std::string phone = std::to_string(1000 + n % sequence_phones) + "@example.com";
  const std::uint64_t mix = n * 0x9e3779b97f4a7c15U >> 32U;
  for (int key = 0; key < sequence_keys; ++key) {
    // Key 0 is always there, so that the newest change can be told from what is kept.
    if (key == 0 || (mix >> static_cast<unsigned>(key) & 1U) != 0) {
      change.put.push_back(wanted(phone, std::to_string(key), "change " + std::to_string(n), n));
    } else {
      change.forget.push_back({phone, std::to_string(key)});
    }
  }
  return change;
}

/// What is kept after changes 1 to n, sorted.
inline std::vector<WantedButton> sequence_state(std::uint64_t n) {
  std::map<std::pair<std::string, std::string>, WantedButton> state;
  for (std::uint64_t each = n < sequence_phones ? 1 : n - sequence_phones + 1; each <= n; ++each) {
    for (const WantedButton& put : sequence_change(each).put) {
      state[{put.address_of_record, put.button.key}] = put;
    }
  }
  std::vector<WantedButton> all;
  all.reserve(state.size());
  for (const auto& [key, each] : state) all.push_back(each);
  return all;
}

/// The newest change of which something is there; 0 when nothing is.
inline std::uint64_t newest_in(const std::vector<WantedButton>& all) {
  std::uint64_t newest = 0;
  for (const WantedButton& each : all) newest = std::max(newest, each.revision);
  return newest;
}

}  // namespace snom::store::testing
