// Attention and its gradients from C. In the root of the repository:
//
//     swift build -c release --product flashattention
//     cc -O2 -I Sources/CFlashAttention/include Examples/c/attention.c -o .build/attention
//        -L .build/release -lflashattention -Wl,-rpath,$PWD/.build/release -lm
//     .build/attention

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "flash_attention.h"

enum { HEADS = 4, KV_HEADS = 2, TOKENS = 100, FEATURES = 32 };

static float *numbers(size_t heads, float frequency) {
  size_t count = heads * TOKENS * FEATURES;
  float *result = malloc(count * sizeof *result);
  if (!result) exit(1);
  for (size_t i = 0; i < count; i++) result[i] = sinf(frequency * (float)i);
  return result;
}

static void check(flash_status status) {
  if (status == FLASH_OK) return;
  fprintf(stderr, "error %d: %s\n", (int)status, flash_last_error_message());
  exit(1);
}

int main(void) {
  flash_attention_parameters parameters = {0};
  parameters.struct_size = sizeof parameters;
  parameters.batch = 1;
  parameters.heads = HEADS;
  parameters.kv_heads = KV_HEADS;
  parameters.queries = parameters.keys = TOKENS;
  parameters.head_dim = parameters.value_dim = FEATURES;
  parameters.causal = FLASH_CAUSAL_TOP_LEFT;

  float *q = numbers(HEADS, 0.7f), *k = numbers(KV_HEADS, 1.1f), *v = numbers(KV_HEADS, 1.3f);
  float *o = numbers(HEADS, 0), *lse = numbers(HEADS, 0);
  flash_attention_traffic traffic = {0};
  traffic.struct_size = sizeof traffic;
  check(flash_attention_forward(&parameters, q, k, v, o, lse, &traffic));
  printf("read %lld bytes, wrote %lld, held %lld\n", (long long)traffic.read_bytes,
         (long long)traffic.written_bytes, (long long)traffic.peak_sram_bytes);

  // The first query of a head sees one key: its output is that key's value. Heads 0 and 1 share keys.
  double error = 0;
  for (int h = 0; h < HEADS; h++)
    for (int f = 0; f < FEATURES; f++) {
      float expected = v[h / (HEADS / KV_HEADS) * TOKENS * FEATURES + f];
      error = fmax(error, fabs(o[h * TOKENS * FEATURES + f] - expected));
    }
  printf("first outputs are first values, to %.1g\n", error);

  // With dO = 1 everywhere, a column of dV adds up the weights of all queries: heads / kv_heads · N.
  float *d_o = numbers(HEADS, 0), *dq = numbers(HEADS, 0), *dk = numbers(KV_HEADS, 0),
        *dv = numbers(KV_HEADS, 0);
  for (int i = 0; i < HEADS * TOKENS * FEATURES; i++) d_o[i] = 1;
  check(flash_attention_backward(&parameters, q, k, v, o, lse, d_o, dq, dk, dv, NULL));
  double sum = 0;
  for (int t = 0; t < TOKENS; t++) sum += dv[t * FEATURES];
  printf("weights add up to %.3f of %d\n", sum, HEADS / KV_HEADS * TOKENS);

  // What is wrong is said, and nothing crashes.
  parameters.kv_heads = 3;
  if (flash_attention_forward(&parameters, q, k, v, o, NULL, NULL) == FLASH_OK) return 1;
  printf("%s\n", flash_last_error_message());
  return error < 1e-6 && fabs(sum - HEADS / KV_HEADS * TOKENS) < 1e-3 ? 0 : 1;
}
