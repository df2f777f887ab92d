#pragma once

namespace snom::runtime {

/// What gives back a C library's resource: `std::unique_ptr<BIO, Freed<BIO_free>>`.
template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* resource) const {
    Free(resource);
  }
};

}  // namespace snom::runtime
