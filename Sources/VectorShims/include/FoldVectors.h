#ifndef FOLD_VECTORS_H
#define FOLD_VECTORS_H

// Sums of the lanes of several vectors at once. Every addition takes lanes of two vectors that have as
// many terms each, so that none of its lanes is wasted. Included by VectorShims.h, which has the vectors.

/* The sums of a, b, c and d in lanes 0 to 3. */
SHIM float4 folded4(float4 a, float4 b, float4 c, float4 d) {
  float4 ab = __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
  float4 cd = __builtin_shufflevector(c, d, 0, 4, 1, 5) + __builtin_shufflevector(c, d, 2, 6, 3, 7);
  return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

/* The same of each half. */
SHIM float8 folded8(float8 a, float8 b, float8 c, float8 d) {
  float8 ab = __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
      + __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
  float8 cd = __builtin_shufflevector(c, d, 0, 8, 1, 9, 4, 12, 5, 13)
      + __builtin_shufflevector(c, d, 2, 10, 3, 11, 6, 14, 7, 15);
  return __builtin_shufflevector(ab, cd, 0, 1, 8, 9, 4, 5, 12, 13)
      + __builtin_shufflevector(ab, cd, 2, 3, 10, 11, 6, 7, 14, 15);
}

/* The same of each quarter. */
SHIM float16 folded16(float16 a, float16 b, float16 c, float16 d) {
  float16 ab = __builtin_shufflevector(
                   a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
      + __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  float16 cd = __builtin_shufflevector(
                   c, d, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
      + __builtin_shufflevector(c, d, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  return __builtin_shufflevector(
             ab, cd, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
      + __builtin_shufflevector(ab, cd, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
}

#endif
