#ifndef POWER_VECTORS_H
#define POWER_VECTORS_H

// Powers of two in steps of a sixteenth, for exp. Where a permutation of sixteen floats is one instruction,
// a table of them is a register.

#if defined(__AVX512F__)

SHIM float16 chosen16(float16 table, word16 index) {
  return (float16)__builtin_ia32_permvarsf512(table, (int __attribute__((ext_vector_type(16))))index);
}

/* 2^(k/16), rounded to nearest, for a = 1.5 · 2²³ + k with −2016 ≤ k ≤ 2031: the bits of such an a end with
   those of k. What the last four of them add to the exponent's place is taken off in the table. */
SHIM float16 sixteenths16(float16 a) {
  const word16 powers = {
    0x3F800000, 0x3F7DAAC3, 0x3F7B95C2, 0x3F79C3D3, 0x3F7837F0, 0x3F76F532, 0x3F75FED7, 0x3F75583F,
    0x3F7504F3, 0x3F7508A4, 0x3F75672A, 0x3F76248C, 0x3F7744FD, 0x3F78CCDF, 0x3F7AC0C7, 0x3F7D257D,
  };
  word16 index = (word16)a;
  return (float16)((word16)chosen16((float16)powers, index) + (index << 19));
}

/* How much greater 2^(k/16) is than that, relative to it. */
SHIM float16 sixteenthsRest16(float16 a) {
  const float16 rests = {
    0x0p0f, 0x1.8D96D2p-25f, -0x1.9C0C22p-27f, 0x1.964902p-25f,
    0x1.125002p-25f, 0x1.370BE4p-25f, -0x1.0A3552p-25f, -0x1.00D8ACp-27f,
    0x1.26055Cp-26f, -0x1.05CB44p-25f, 0x1.67A1CAp-28f, 0x1.A3B5E4p-28f,
    -0x1.F9C306p-27f, -0x1.6961B4p-28f, -0x1.A5217Cp-28f, 0x1.61428Ep-28f,
  };
  return chosen16(rests, (word16)a);
}

#endif
#endif
