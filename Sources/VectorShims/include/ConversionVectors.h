#ifndef CONVERSION_VECTORS_H
#define CONVERSION_VECTORS_H

// Floats from IEEE 754 binary16 (a half), from bfloat16 (the upper half of a float) and from bools,
// and back: to nearest, ties to even. All builds give the same bits. NaN comes out quiet, but for a
// bfloat's, whose bits move as they are.

#if defined(__F16C__) || defined(__aarch64__)

// The CPU's own conversions: vcvtph2ps and vcvtps2ph, fcvtl and fcvtn.
#define HALVES(lanes)                                                                             \
  typedef _Float16 half##lanes __attribute__((ext_vector_type(lanes)));                           \
                                                                                                  \
  SHIM float##lanes widenHalf##lanes(short##lanes half) {                                         \
    return __builtin_convertvector((half##lanes)half, float##lanes);                              \
  }                                                                                               \
                                                                                                  \
  SHIM short##lanes narrowHalf##lanes(float##lanes a) {                                           \
    return (short##lanes)__builtin_convertvector(a, half##lanes);                                 \
  }

#else

#define HALVES(lanes)                                                                             \
  SHIM float##lanes widenHalf##lanes(short##lanes half) {                                         \
    word##lanes word = __builtin_convertvector(half, word##lanes);                                \
    word##lanes bits = (word & 0x7FFF) << 13;                                                     \
    /* The exponent of a float is greater by 127 − 15, and by as much again at infinity. */       \
    word##lanes normal = bits + (112 << 23);                                                      \
    word##lanes infinite = normal + (112 << 23);                                                  \
    word##lanes quiet = (word##lanes)(bits > 0x0F800000) & 0x00400000;                            \
    /* Without the leading 1 that the exponent of 2⁻¹⁴ would give it. */                          \
    word##lanes tiny = (word##lanes)((float##lanes)(normal + (1 << 23)) - 0x1p-14f);              \
    bits = choose##lanes((word##lanes)(bits < 1 << 23), tiny,                                     \
        choose##lanes((word##lanes)(bits < 0x0F800000), normal, infinite | quiet));               \
    return (float##lanes)(bits | (word & 0x8000) << 16);                                          \
  }                                                                                               \
                                                                                                  \
  SHIM short##lanes narrowHalf##lanes(float##lanes a) {                                           \
    word##lanes bits = (word##lanes)a & 0x7FFFFFFF;                                               \
    /* One less than half a unit carries where more than half a unit is lost, and one more where  \
       half a unit is and the unit before is odd: into the exponent too, and up to infinity. */   \
    word##lanes normal = (bits - (112 << 23) + 0xFFF + (bits >> 13 & 1)) >> 13;                   \
    word##lanes quiet = (word##lanes)(bits > 0x7F800000) & (0x200 | (bits >> 13 & 0x3FF));        \
    /* The last place of 1/2 is that of the smallest halves: the sum rounds as they are. */       \
    word##lanes tiny = (word##lanes)((float##lanes)bits + 0.5f) - 0x3F000000;                     \
    word##lanes half = choose##lanes((word##lanes)(bits < 113 << 23), tiny,                       \
        choose##lanes((word##lanes)(bits < 0x47800000), normal, 0x7C00 | quiet));                 \
    half |= (word##lanes)a >> 16 & 0x8000;                                                        \
    return __builtin_convertvector(half, short##lanes);                                           \
  }

#endif

#define CONVERSIONS(lanes)                                                                        \
  typedef uint16_t short##lanes __attribute__((ext_vector_type(lanes)));                          \
  typedef uint8_t byte##lanes __attribute__((ext_vector_type(lanes)));                            \
                                                                                                  \
  /* a where the mask is all ones, and b where it is 0. */                                        \
  SHIM word##lanes choose##lanes(word##lanes mask, word##lanes a, word##lanes b) {                \
    return (a & mask) | (b & ~mask);                                                              \
  }                                                                                               \
                                                                                                  \
  HALVES(lanes)                                                                                   \
                                                                                                  \
  SHIM float##lanes widenBFloat##lanes(short##lanes bfloat) {                                     \
    return (float##lanes)(__builtin_convertvector(bfloat, word##lanes) << 16);                    \
  }                                                                                               \
                                                                                                  \
  SHIM short##lanes narrowBFloat##lanes(float##lanes a) {                                         \
    word##lanes bits = (word##lanes)a;                                                            \
    word##lanes rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;                               \
    word##lanes quiet = bits >> 16 | 0x40;                                                        \
    word##lanes isNaN = (word##lanes)((bits & 0x7FFFFFFF) > 0x7F800000);                          \
    return __builtin_convertvector(choose##lanes(isNaN, quiet, rounded), short##lanes);           \
  }                                                                                               \
                                                                                                  \
  /* 1 where a byte is not 0. */                                                                  \
  SHIM float##lanes widenBool##lanes(byte##lanes bytes) {                                         \
    word##lanes isTrue = (word##lanes)(__builtin_convertvector(bytes, word##lanes) != 0);         \
    return (float##lanes)(isTrue & 0x3F800000);                                                   \
  }                                                                                               \
                                                                                                  \
  /* 1 where a float is not 0. */                                                                 \
  SHIM byte##lanes narrowBool##lanes(float##lanes a) {                                            \
    return __builtin_convertvector((word##lanes)(a != 0) & 1, byte##lanes);                       \
  }

CONVERSIONS(4)
CONVERSIONS(8)
CONVERSIONS(16)

#undef CONVERSIONS
#undef HALVES
#endif
