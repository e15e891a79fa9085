#pragma once

namespace bramble {

/// Deletes what a C library allocates: std::unique_ptr<BIO, freed_by<BIO_free>>.
template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

}  // namespace bramble
