public import HBMSim

/// What attention gives, and what it cost.
public struct AttentionResult: Sendable {
  /// O = softmax(τ·QKᵀ)V, [batch, heads, queries, valueDim].
  public let output: Tensor
  /// log Σₖ exp(τ·q·k) of every query, [batch, heads, queries].
  public let logSumExp: Tensor
  /// What moved, was computed and occupied SRAM.
  public let execution: Execution

  /// What moved between HBM and SRAM.
  public var traffic: Traffic { execution.traffic }
}

/// softmax(τ·QKᵀ)V: every query's average of the values, weighted by its likeness to their keys.
///
///     let result = try scaledDotProductAttention(query: q, key: k, value: v, on: Machine())
///     print(result.output.shape, result.traffic.bytes)
///
/// A row of scores that is −∞ throughout has no weights: its output is 0 and its log-sum-exp −∞.
///
/// - Parameters:
///   - query: Q, [batch, heads, queries, headDim].
///   - key: K, [batch, kvHeads, keys, headDim], where `kvHeads` divides `heads`.
///   - value: V, [batch, kvHeads, keys, valueDim].
///   - scale: τ, by default 1/√headDim.
///   - algorithm: What computes it; the result is the same up to rounding.
///   - tiling: How block sizes are chosen.
///   - machine: What it runs on: ``Machine/host`` where only the answer matters, or a machine whose
///     SRAM is of the size in question.
/// - Throws: ``AttentionError``.
/// - Precondition: The machine executes; one that only counts has no results, see
///   ``AttentionPlan/count()``.
/// - Complexity: 2 · batch · heads · queries · keys · (headDim + valueDim) operations of matrix
///   products. HBM accesses a head for
///   FlashAttention-2, in elements: N_q(d + d_v + 1) + ⌈N_q/B_r⌉ · N_k(d + d_v).
public func scaledDotProductAttention(
  query: Tensor, key: Tensor, value: Tensor, scale: Float? = nil, algorithm: Algorithm = .flash2,
  tiling: Tiling = .fit, on machine: Machine = .host
) throws(AttentionError) -> AttentionResult {
  let shape = try AttentionShape(query: query, key: key, value: value)
  let plan = try AttentionPlan(
    algorithm, shape: shape, scale: scale, tiling: tiling, on: machine)
  return try plan(query: query, key: key, value: value)
}
