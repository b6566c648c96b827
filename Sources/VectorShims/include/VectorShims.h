#ifndef VECTOR_SHIMS_H
#define VECTOR_SHIMS_H

// Vector operations that Swift's SIMD types lack a fast form of: `addingProduct` is a scalar fma a
// lane, which the optimiser puts together again in short loops and not in long formulas.
// Static inline, so that every build of the kernels has its own copy, compiled with its own flags.

typedef float float4 __attribute__((ext_vector_type(4)));
typedef float float8 __attribute__((ext_vector_type(8)));
typedef float float16 __attribute__((ext_vector_type(16)));

#define SHIM static inline __attribute__((always_inline))

SHIM float4 fused4(float4 a, float4 b, float4 c) { return __builtin_elementwise_fma(a, b, c); }
SHIM float8 fused8(float8 a, float8 b, float8 c) { return __builtin_elementwise_fma(a, b, c); }
SHIM float16 fused16(float16 a, float16 b, float16 c) { return __builtin_elementwise_fma(a, b, c); }

#undef SHIM
#endif
