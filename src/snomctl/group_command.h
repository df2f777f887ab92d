#pragma once

#include <string>
#include <vector>

#include "snomctl/client.h"

namespace snom::snomctl {

/// `snomctl group ...`: phones under one name.
struct GroupCommand {
  enum class What { list, show, set, remove, run };
  What what = What::list;
  std::string name;
  std::vector<std::string> members;  ///< of set
  std::string line;                  ///< of run: a command without its phone
  bool as_json = false;              ///< of list and show
};

/// The exit status: 0 done, 1 refused or not all members did it, 2 not reached or not understood.
int run(const Client& client, const GroupCommand& command);

}  // namespace snom::snomctl
