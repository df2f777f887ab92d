#pragma once

#include <string>

#include "snomd/api_core.h"
#include "snomd/phone_search.h"
#include "snomd/query.h"

/// What lists of phones and of their keys have in common: search, filters and pages.
namespace snom::snomd {

inline const Query::Known search_parameters{"search", "state...", "model...", "limit", "cursor"};
inline constexpr std::size_t most_phones_a_page = 1000;

/// What the parameters ask for; or which of them is wrong. Any thread.
[[nodiscard]] Query::Read<PhoneSearch::Wish> wish_of(const Query& query);
/// Answers with one page. Any thread. `peer`: who asks, as Request has it.
void search_phones(ApiCore& core, PhoneSearch::Wish wish, PhoneSearch::Detail detail, std::string peer,
                   ResponderPointer responder);

}  // namespace snom::snomd
