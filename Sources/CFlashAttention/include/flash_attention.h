#ifndef FLASH_ATTENTION_H
#define FLASH_ATTENTION_H

/// softmax(τ·QKᵀ)V and its gradients on this computer's CPU, for C and for all that calls C.
///
/// Matrices are row-major and contiguous, [batch, heads, tokens, features], and aligned to their
/// elements: 4 bytes for f32, 2 for f16 and bf16, 1 for a mask. Inputs are read where they lie and
/// results are written where they belong; neither may overlap a result. Nothing else is kept from
/// one call to the next, and calls on several threads at once are independent.
///
/// Every function that can fail returns a `flash_status`. Wrong arguments give a code and a
/// sentence, never a crash; what numbers hold (NaN, infinities) is no error and follows IEEE 754.
/// That pointers point to as many elements as the sizes say is up to the caller.

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Why a call failed. New codes may follow.
typedef enum flash_status {
  FLASH_OK = 0,
  /// A structure's `struct_size` is of no known version, or bytes behind the known ones are set.
  FLASH_ERROR_STRUCT_SIZE = 1,
  /// A pointer is null that must not be, or is not aligned to its elements.
  FLASH_ERROR_POINTER = 2,
  /// Sizes are not positive, do not go together, or are too large to count with.
  FLASH_ERROR_SHAPE = 3,
  /// An option has no such value, or does not go with the sizes.
  FLASH_ERROR_OPTION = 4,
  /// The problem takes more of this computer's memory than is free.
  FLASH_ERROR_MEMORY = 5,
  /// Not even the smallest blocks fit into `sram_bytes`.
  FLASH_ERROR_SRAM = 6
} flash_status;

/// How numbers lie in memory; arithmetic is in f32.
typedef enum flash_element_type {
  FLASH_F32 = 0,
  /// IEEE binary16.
  FLASH_F16 = 1,
  /// The upper half of a binary32.
  FLASH_BF16 = 2
} flash_element_type;

/// Which keys a causal mask leaves.
typedef enum flash_causal {
  FLASH_NOT_CAUSAL = 0,
  /// Query i sees keys 0 … i, as PyTorch's `is_causal` has it.
  FLASH_CAUSAL_TOP_LEFT = 1,
  /// The last query sees all keys, as FlashAttention has it since 2.1.
  FLASH_CAUSAL_BOTTOM_RIGHT = 2
} flash_causal;

/// What computes attention; the result is the same up to rounding.
typedef enum flash_algorithm {
  /// FLASH_SPLIT_KV for a forward pass of 8 queries or fewer, FLASH_FLASH2 for everything else.
  FLASH_DEFAULT = 0,
  /// FlashAttention-2.
  FLASH_FLASH2 = 1,
  /// Flash-decoding.
  FLASH_SPLIT_KV = 2,
  /// FlashAttention's first version.
  FLASH_FLASH1 = 3,
  /// Standard attention, which writes S and P to memory.
  FLASH_STANDARD = 4,
  /// Square tiling.
  FLASH_SQUARE_TILING = 5,
  /// Standard attention as frameworks run it eagerly, a kernel an operation.
  FLASH_STANDARD_EAGER = 6
} flash_algorithm;

/// What is asked for. Zero is the default of everything but `struct_size` and the sizes:
///
///     flash_attention_parameters parameters = {0};
///     parameters.struct_size = sizeof parameters;
typedef struct flash_attention_parameters {
  /// sizeof(flash_attention_parameters), as the caller was compiled with: later versions append.
  uint32_t struct_size;
  /// The elements of Q, K, V, O and of their gradients.
  flash_element_type element_type;
  /// Independent sequences.
  int64_t batch;
  /// Heads of queries.
  int64_t heads;
  /// Heads of keys and values, which divide `heads`: consecutive heads of queries share one.
  int64_t kv_heads;
  /// Tokens of Q and O.
  int64_t queries;
  /// Tokens of K and V.
  int64_t keys;
  /// Features of Q and K, d.
  int64_t head_dim;
  /// Features of V and O.
  int64_t value_dim;
  /// τ; 0 or NaN for 1/√d.
  float scale;
  /// c of the soft cap of scores, s ← c·tanh(s/c); 0 for none.
  float softcap;
  /// How likely an attention weight is dropped, in [0, 1); what is kept is scaled by 1/(1 − p).
  double dropout;
  /// What the choice of dropped weights depends on, besides their place; the same in both passes.
  uint64_t seed;
  flash_causal causal;
  /// 1 for a sliding window about the diagonal of `causal`, bottom-right without; 0 for none.
  uint32_t has_window;
  /// Keys before a query's own that it sees; negative for no limit.
  int64_t window_left;
  /// Keys after a query's own that it sees; negative for no limit.
  int64_t window_right;
  /// Keys at the beginning that are seen from outside the window as well.
  int64_t sinks;
  /// How many keys count, of each sequence of the batch: what follows is padding. [batch], or null.
  const int64_t *key_lengths;
  /// Sequences that lie one after another in each matrix and do not see each other; 0 for one.
  int64_t packed_sequences;
  /// Where their queries begin, and at last the number of queries. [packed_sequences + 1], or null.
  const int64_t *packed_queries;
  /// Where their keys begin, and at last the number of keys; null for the same as the queries.
  const int64_t *packed_keys;
  /// ALiBi: scores lose slope · |i − j|. [heads], finite; or null.
  const float *alibi_slopes;
  /// Who sees whom, as far as the rules above allow it: bytes, 0 for no and anything else for yes.
  /// [mask_batch, mask_heads, queries, keys], or null.
  const void *mask;
  /// `batch`, or 1 where all sequences share the mask.
  int64_t mask_batch;
  /// `heads`, or 1 where all heads share it.
  int64_t mask_heads;
  /// What is added to scores, after the soft cap. [bias_batch, bias_heads, queries, keys], or null.
  /// The backward pass gives no gradient of it.
  const void *bias;
  /// As of the mask.
  int64_t bias_batch;
  int64_t bias_heads;
  flash_element_type bias_type;
  flash_algorithm algorithm;
  /// Chunks of keys that FLASH_SPLIT_KV works on in parallel, at most; 0 for as many as
  /// Flash-decoding takes on an A100, whatever this computer has.
  int64_t splits;
  /// What blocks are chosen for, and counts are of: the SRAM of a core, of 2⁴⁰ bytes at most; 0 for
  /// half of its L2 cache.
  int64_t sram_bytes;
  /// Threads at most, up to 1024; 0 for one a core, or one in all where a pass takes less than some 40
  /// microseconds. Results do not depend on it, bit for bit.
  int32_t threads;
  /// 0.
  uint32_t reserved;
} flash_attention_parameters;

/// What a call moved between the memory and the SRAM of the machine that it simulates, and more.
typedef struct flash_attention_traffic {
  /// sizeof(flash_attention_traffic), set by the caller: no more than this is written.
  uint32_t struct_size;
  /// What computed it.
  flash_algorithm algorithm;
  int64_t read_elements;
  int64_t written_elements;
  int64_t read_bytes;
  int64_t written_bytes;
  /// The most that a core held at any time, in bytes.
  int64_t peak_sram_bytes;
  /// Multiplications and additions of matrix products.
  int64_t matmul_flops;
  int64_t exponentials;
  /// Everything else that was computed: one a comparison, addition, multiplication, …
  int64_t other_operations;
  /// Tokens of a block of queries, and of one of keys.
  int64_t block_rows;
  int64_t block_columns;
  /// Chunks of keys; 1 where the algorithm does not split them.
  int64_t splits;
  /// Threads at most.
  int64_t threads;
  /// What the call took.
  double seconds;
} flash_attention_traffic;

/// O = softmax(τ·QKᵀ)V.
///
/// A query that sees no key has an output of 0 and a log-sum-exp of −∞.
///
/// @param query    Q, [batch, heads, queries, head_dim].
/// @param key      K, [batch, kv_heads, keys, head_dim].
/// @param value    V, [batch, kv_heads, keys, value_dim].
/// @param output   O, [batch, heads, queries, value_dim]: written.
/// @param log_sum_exp  log Σ exp of the scores of every query, f32 [batch, heads, queries]: written;
///                 or null.
/// @param traffic  Written; or null.
flash_status flash_attention_forward(
    const flash_attention_parameters *parameters, const void *query, const void *key,
    const void *value, void *output, float *log_sum_exp, flash_attention_traffic *traffic);

/// dQ, dK and dV from dO: the gradients of Σ dO ∘ O.
///
/// With O and its log-sum-exp, which `flash_attention_forward` gave for the same inputs, no forward
/// pass is run; without, or for the algorithms below FLASH_SPLIT_KV, it is run again and not counted.
///
/// @param output           O, or null: then log_sum_exp is null too.
/// @param log_sum_exp      As the forward pass wrote it.
/// @param output_gradient  dO, with O's shape.
/// @param query_gradient   dQ, with Q's shape: written.
/// @param key_gradient     dK, with K's shape, added up over the heads that share it: written.
/// @param value_gradient   dV, with V's shape, added up likewise: written.
/// @param traffic          Of the backward pass: written; or null.
flash_status flash_attention_backward(
    const flash_attention_parameters *parameters, const void *query, const void *key,
    const void *value, const void *output, const float *log_sum_exp, const void *output_gradient,
    void *query_gradient, void *key_gradient, void *value_gradient,
    flash_attention_traffic *traffic);

/// The version of this library, such as "0.1.0".
const char *flash_version(void);

/// Why the last call on this thread failed: a sentence, in UTF-8, with the numbers that disagree.
/// Empty if none has failed; valid until the next call on this thread fails.
const char *flash_last_error_message(void);

#ifdef __cplusplus
}
#endif

#endif
