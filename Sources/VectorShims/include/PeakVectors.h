#ifndef PEAK_VECTORS_H
#define PEAK_VECTORS_H

// Steps x ← x·½ + ½ of `count` running values, `steps` times, and their sum. Value i begins as i + 2, so
// that no two are the same to the compiler, and comes as near 1 as floats are: none is ever subnormal.
//
// In C, whose arrays of vectors are registers. As an array of vectors in Swift, one more in the module, it
// took the sums of the products out of theirs: they ran at half their speed.

#define PEAK(lanes, count)                                                                        \
  SHIM float##lanes stepped##lanes##x##count(long steps) {                                        \
    float##lanes values[count], half = 0.5f, sum = 0;                                             \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < count; i++) values[i] = i + 2;         \
    for (long step = 0; step < steps; step++) {                                                   \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < count; i++)                          \
          values[i] = FUSED(lanes, values[i], half, half);                                        \
    }                                                                                             \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < count; i++) sum += values[i];          \
    return sum;                                                                                   \
  }

// Without an instruction for it, a fused operation would be a call of a function.
#if defined(__FMA__) || defined(__aarch64__)
#define FUSED(lanes, a, b, c) fused##lanes(a, b, c)
#else
#define FUSED(lanes, a, b, c) ((a) * (b) + (c))
#endif

PEAK(16, 24)
PEAK(8, 12)
PEAK(4, 24)
PEAK(4, 12)

#undef PEAK
#undef FUSED
#endif
