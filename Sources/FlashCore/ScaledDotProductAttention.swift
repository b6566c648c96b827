public import HBMSim

/// What attention gives, and what it cost.
public struct AttentionResult: Sendable {
  /// O = softmax(τ·QKᵀ)V, [batch, heads, queries, valueDim].
  public let output: Tensor
  /// log Σₖ exp(τ·q·k) of every query, [batch, heads, queries].
  public let logSumExp: Tensor
  /// The gradients of the inputs, where there was a backward pass.
  public let gradients: Gradients?
  /// What moved, was computed and occupied SRAM.
  public let execution: Execution

  /// The gradients of what an output gradient is contracted with: Σ dO ∘ O.
  public struct Gradients: Sendable {
    /// dQ, with the shape of the query.
    public let query: Tensor
    /// dK, with the shape of the key: added up over the heads that share it.
    public let key: Tensor
    /// dV, with the shape of the value: added up over the heads that share it.
    public let value: Tensor
  }

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
///   - query: Q, [batch, heads, queries, headDim]; f32, f16 or bf16, as the others and the results.
///   - key: K, [batch, kvHeads, keys, headDim], where `kvHeads` divides `heads`.
///   - value: V, [batch, kvHeads, keys, valueDim].
///   - outputGradient: dO, [batch, heads, queries, valueDim], where gradients are wanted: the result
///     then has them, and the traffic of both passes.
///   - mask: Which keys each query sees.
///   - scale: τ, by default 1/√headDim.
///   - algorithm: What computes it; the result is the same up to rounding.
///   - tiling: How block sizes are chosen; by default ``Tiling/fit`` on a machine that is given, and
///     ``Tiling/fast`` without one.
///   - machine: What it runs on: a machine whose SRAM is of the size in question; without one, where
///     only the answer matters, ``Machine/host``, of which a short problem takes one thread.
/// - Throws: ``AttentionError``.
/// - Precondition: The machine executes; one that only counts has no results, see
///   ``AttentionPlan/count()``.
/// - Complexity: 2 · batch · heads · queries · keys · (headDim + valueDim) operations of matrix
///   products. HBM accesses a head for
///   FlashAttention-2, in elements: N_q(d + d_v + 1) + ⌈N_q/B_r⌉ · N_k(d + d_v).
public func scaledDotProductAttention(
  query: Tensor, key: Tensor, value: Tensor, outputGradient: Tensor? = nil, mask: Mask = .none,
  scale: Float? = nil, algorithm: Algorithm = .flash2, tiling: Tiling? = nil,
  on machine: Machine? = nil
) throws(AttentionError) -> AttentionResult {
  let shape = try AttentionShape(query: query, key: key, value: value)
  if query.elementType == .bool {
    throw .elementTypesDisagree(tensor: "query", .bool, expected: .f32)
  }
  let plan = try AttentionPlan(
    algorithm, pass: outputGradient == nil ? .forward : .both, shape: shape,
    options: AttentionOptions(mask: mask), precision: Precision(query.elementType), scale: scale,
    tiling: tiling ?? (machine == nil ? .fast : .fit), on: machine ?? .host(for: shape))
  return try plan(query: query, key: key, value: value, outputGradient: outputGradient)
}

extension Machine {
  /// This computer, for whom only the answer matters, with one thread where a pass is over before others
  /// have woken up: below 4·10⁶ operations of matrix products, some 40 µs.
  @_spi(Host)
  public static func host(for shape: AttentionShape) -> Machine {
    var machine = Machine.host
    let scores = shape.matrices * shape.queries * shape.keys
    if 2 * scores * (shape.headDim + shape.valueDim) < 4_000_000 { machine.threads = 1 }
    return machine
  }
}
