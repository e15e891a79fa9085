#pragma once

namespace bramble {

/// Tells the BLAS that LibTorch calls how many threads to use: for the whole process, since no BLAS
/// keeps this per thread. LibTorch only tells MKL; OpenBLAS would wake a thread per core for every
/// product, and those spin for a while after it. Does nothing where the BLAS has no such function
/// (the reference one has one thread). Thread-safe.
void use_blas_threads(int n);

}  // namespace bramble
