#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

/// What snomd's answers say to a person whose keys stay dark. Pure functions; JSON that is not as snomd's says nothing.
namespace snom::snomctl {

/// One thing that was looked at.
struct Finding {
  enum class How {
    right,
    look,   ///< it may be the reason
    wrong,  ///< it is a reason
  };
  How how = How::right;
  std::string what;
  std::string advice;  ///< empty: there is nothing to do
  bool operator==(const Finding&) const = default;
};

/// What to do where GET /v1/status is not answered as snomd answers it. `status`: HTTP's; 0: nothing came that could be
/// understood. `error`: the client's word for it.
[[nodiscard]] Finding diagnose_failure(long status, const std::string& error);
/// `status`: GET /v1/status.
[[nodiscard]] Finding diagnose_listeners(const nlohmann::json& status);
[[nodiscard]] Finding diagnose_registrations(const nlohmann::json& status);
[[nodiscard]] Finding diagnose_store(const nlohmann::json& status);
/// Nothing where no TLS is spoken.
[[nodiscard]] std::vector<Finding> diagnose_certificate(const nlohmann::json& status);
/// One finding for each reason that requests were refused for lately.
[[nodiscard]] std::vector<Finding> diagnose_refusals(const nlohmann::json& status);
/// `page`: GET /v1/phones with a limit, what is wrong first. One finding for each state.
[[nodiscard]] std::vector<Finding> diagnose_phones(const nlohmann::json& page);

/// As text: a mark, what it is, what to do below it; each ends with a line feed.
[[nodiscard]] std::string show(const Finding& finding);

}  // namespace snom::snomctl
