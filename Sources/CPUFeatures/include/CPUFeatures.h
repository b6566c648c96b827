#ifndef CPU_FEATURES_H
#define CPU_FEATURES_H

#include <stdbool.h>

/// Whether this CPU and its operating system run AVX2, FMA and F16C code.
bool cpu_has_avx2(void);

/// Whether this CPU and its operating system run AVX-512 F, VL, DQ and BW code.
bool cpu_has_avx512(void);

#endif
