#ifndef VECTOR_SHIMS_H
#define VECTOR_SHIMS_H

// Vector operations that Swift's SIMD types lack a fast form of: `addingProduct` is a scalar fma a
// lane, which the optimiser puts together again in short loops and not in long formulas.
// Static inline, so that every build of the kernels has its own copy, compiled with its own flags.

#define SHIM static inline __attribute__((always_inline))

#include "PhiloxVectors.h"

#define VECTOR(lanes)                                                                           \
  typedef float float##lanes __attribute__((ext_vector_type(lanes)));                           \
                                                                                                \
  /* a · b + c with one rounding. */                                                            \
  SHIM float##lanes fused##lanes(float##lanes a, float##lanes b, float##lanes c) {              \
    return __builtin_elementwise_fma(a, b, c);                                                  \
  }                                                                                             \
                                                                                                \
  /* |a|. */                                                                                    \
  SHIM float##lanes magnitude##lanes(float##lanes a) { return __builtin_elementwise_abs(a); }   \
                                                                                                \
  /* |a| with the sign of b. */                                                                 \
  SHIM float##lanes signed##lanes(float##lanes a, float##lanes b) {                             \
    word##lanes sign = 0x80000000;                                                              \
    return (float##lanes)(((word##lanes)a & ~sign) | ((word##lanes)b & sign));                  \
  }                                                                                             \
                                                                                                \
  /* The bits of a, 23 places up: from the end of its significand to where exponents are. */      \
  SHIM float##lanes raised##lanes(float##lanes a) { return (float##lanes)((word##lanes)a << 23); } \
                                                                                                \
  /* a where word < threshold, and 0 elsewhere. */                                              \
  SHIM float##lanes where##lanes(word##lanes word, uint32_t threshold, float##lanes a) {        \
    return (float##lanes)((word##lanes)a & (word##lanes)(word < threshold));                    \
  }

VECTOR(4)
VECTOR(8)
VECTOR(16)

#undef VECTOR

/* Asks for the cache line at an address, which need not be one of ours. */
SHIM void prefetch(const float *address) { __builtin_prefetch(address); }

#include "ConversionVectors.h"
#include "FoldVectors.h"
#include "PeakVectors.h"
#include "PowerVectors.h"

#undef SHIM
#endif
