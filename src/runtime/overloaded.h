#pragma once

namespace snom::runtime {

/// A visitor of a variant that is made of a function for each of its types.
template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

}  // namespace snom::runtime
