#ifndef PHILOX_VECTORS_H
#define PHILOX_VECTORS_H

// Philox4x32-10 on many counters at once: Salmon, Moraes, Dror and Shaw, Parallel Random Numbers: As
// Easy as 1, 2, 3, 2011.
//
// A word is in an even lane, for the instruction that multiplies 32 by 32 bits (pmuludq, umull) looks
// at those alone, and leaves the two words of the product where the next round wants them. What the
// odd lanes hold must not be known to the compiler: it would take away the masks that tell it of that
// instruction, and then multiply 64 by 64 bits. So every word is there twice at first, and words are
// joined by shuffles, for a shift it would merge into the multiplication.

#include <stdint.h>

// `lanes` of 32 bits, and `half` as many counters, whose words are x, y, z and w.
#define PHILOX(lanes, half)                                                                       \
  typedef uint32_t word##lanes __attribute__((ext_vector_type(lanes)));                           \
  typedef uint64_t wide##lanes __attribute__((ext_vector_type(half)));                            \
  typedef struct { word##lanes x, y, z, w; } counters##lanes;                                     \
                                                                                                  \
  SHIM counters##lanes philox##lanes(counters##lanes c, word##lanes k0, word##lanes k1) {         \
    _Pragma("clang loop unroll(full)")                                                            \
    for (int round = 0; round < 10; round++) {                                                    \
      wide##lanes a = ((wide##lanes)c.x & UINT32_MAX) * (uint64_t)0xD2511F53;                     \
      wide##lanes b = ((wide##lanes)c.z & UINT32_MAX) * (uint64_t)0xCD9E8D57;                     \
      c.x = (word##lanes)(b >> 32) ^ c.y ^ k0;                                                    \
      c.z = (word##lanes)(a >> 32) ^ c.w ^ k1;                                                    \
      c.y = (word##lanes)b;                                                                       \
      c.w = (word##lanes)a;                                                                       \
      k0 += 0x9E3779B9;                                                                           \
      k1 += 0xBB67AE85;                                                                           \
    }                                                                                             \
    return c;                                                                                     \
  }                                                                                               \
                                                                                                  \
  /* Even lanes, those of `a` in their places and those of `b` behind them. */                    \
  SHIM word##lanes join##lanes(word##lanes a, word##lanes b) {                                    \
    return __builtin_shufflevector(a, b, JOIN##lanes);                                            \
  }                                                                                               \
                                                                                                  \
  SHIM void store##lanes(uint32_t *words, word##lanes a) { __builtin_memcpy(words, &a, sizeof a); }\
                                                                                                  \
  /* The first words of counters (x, y + lane, z, w), the second ones, and so on. */              \
  SHIM void philoxByLane##lanes(                                                                  \
      uint32_t x, uint32_t y, uint32_t z, uint32_t w, uint32_t k0, uint32_t k1, uint32_t *words) {\
    counters##lanes even = {x, BY_LANE##lanes + y, z, w};                                         \
    counters##lanes odd = {x, BY_LANE##lanes + y + 1, z, w};                                      \
    even = philox##lanes(even, k0, k1);                                                           \
    odd = philox##lanes(odd, k0, k1);                                                             \
    store##lanes(words, join##lanes(even.x, odd.x));                                              \
    store##lanes(words + lanes, join##lanes(even.y, odd.y));                                      \
    store##lanes(words + 2 * lanes, join##lanes(even.z, odd.z));                                  \
    store##lanes(words + 3 * lanes, join##lanes(even.w, odd.w));                                  \
  }                                                                                               \
                                                                                                  \
  /* The four words of counter (x, y, z, w), those of (x + 1, y, z, w), and so on. */             \
  SHIM void philoxInOrder##lanes(                                                                 \
      uint32_t x, uint32_t y, uint32_t z, uint32_t w, uint32_t k0, uint32_t k1, uint32_t *words) {\
    _Pragma("clang loop unroll(full)")                                                            \
    for (int part = 0; part < 2; part++) {                                                        \
      counters##lanes c = {IN_ORDER##lanes + x + (uint32_t)part * half, y, z, w};                 \
      c = philox##lanes(c, k0, k1);                                                               \
      wide##lanes xy = (wide##lanes)join##lanes(c.x, c.y);                                        \
      wide##lanes zw = (wide##lanes)join##lanes(c.z, c.w);                                        \
      uint32_t *target = words + part * 2 * lanes;                                                \
      store##lanes(target, (word##lanes)__builtin_shufflevector(xy, zw, FIRST##lanes));           \
      store##lanes(target + lanes, (word##lanes)__builtin_shufflevector(xy, zw, SECOND##lanes));  \
    }                                                                                             \
  }

// The even lanes of one vector in their places, and those of another behind them.
#define JOIN4 0, 4, 2, 6
#define JOIN8 0, 8, 2, 10, 4, 12, 6, 14
#define JOIN16 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30

// The counters of even lanes of the result, less the first.
#define BY_LANE4 ((word4){0, 0, 2, 2})
#define BY_LANE8 ((word8){0, 0, 2, 2, 4, 4, 6, 6})
#define BY_LANE16 ((word16){0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12, 14, 14})

// Half of the counters, less the first, in the order that leaves all words in theirs when pairs from
// even places, and then pairs from odd ones, are put side by side: within 128 bits, where shuffles are
// cheap.
#define IN_ORDER4 ((word4){0, 0, 1, 1})
#define IN_ORDER8 ((word8){0, 0, 2, 2, 1, 1, 3, 3})
#define IN_ORDER16 ((word16){0, 0, 4, 4, 1, 1, 5, 5, 2, 2, 6, 6, 3, 3, 7, 7})
#define FIRST4 0, 2
#define FIRST8 0, 4, 2, 6
#define FIRST16 0, 8, 2, 10, 4, 12, 6, 14
#define SECOND4 1, 3
#define SECOND8 1, 5, 3, 7
#define SECOND16 1, 9, 3, 11, 5, 13, 7, 15

PHILOX(4, 2)
PHILOX(8, 4)
PHILOX(16, 8)

#undef PHILOX
#endif
