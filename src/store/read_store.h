#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "control/keys/button_store.h"
#include "runtime/executor.h"

namespace snom::store {

/// All that a store keeps.
struct Stored {
  std::vector<control::WantedButton> keys;
  std::vector<control::KeptGroup> groups;
};

/// Keys and groups, in no particular order.
[[nodiscard]] tl::expected<Stored, std::string> read_all(control::ButtonStore& store);

/// What is in a store that is there. Nothing is made in it and nothing is changed, nor brought to a newer version: of a
/// file a copy is read, which is made in the system's folder for temporary files and gone then, while no other program
/// may use the file. `place`: a file, or a URL as open_store() takes it. Where there is no store of ours the error says
/// what was expected, without a password. `control`: as open_store(), nothing is posted there.
[[nodiscard]] tl::expected<Stored, std::string> read_store(const std::string& place, runtime::Executor& control);

}  // namespace snom::store
