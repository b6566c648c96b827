/// What attention computes in float64, and the gradients of a loss with respect to its inputs.
public struct ReferenceGradients: Sendable {
  /// The rows Oᵢ = Σⱼ Pᵢⱼ Zᵢⱼ Vⱼ, as [batch, heads, queries, valueDim].
  public internal(set) var output: [Double] = []

  /// The normalisers log Σⱼ exp(Sᵢⱼ) over visible keys, as [batch, heads, queries].
  public internal(set) var logSumExp: [Double] = []

  /// dQ, as [batch, heads, queries, headDim]; `nil` where no output gradient was given.
  public internal(set) var queryGradient: [Double]?

  /// dK, as [batch, kvHeads, keys, headDim]; `nil` where no output gradient was given.
  public internal(set) var keyGradient: [Double]?

  /// dV, as [batch, kvHeads, keys, valueDim]; `nil` where no output gradient was given.
  public internal(set) var valueGradient: [Double]?

  /// Empty tensors, and no gradients unless asked for.
  init(gradients: Bool) {
    guard gradients else { return }
    (queryGradient, keyGradient, valueGradient) = ([], [], [])
  }
}

/// O, LSE and, where there is an output gradient, dQ, dK, dV, in float64.
///
///     T = c·tanh(τ·QKᵀ / c)   S = T + B, −∞ where not visible   P = softmax(S)   O = (P∘Z)V
///     logSumExpᵢ = log Σⱼ exp(Sᵢⱼ)
///     dV = (P∘Z)ᵀdO   dP = (dO·Vᵀ)∘Z   D = rowsum(P∘dP) = rowsum(dO∘O)
///     dS = P∘(dP − D)∘(1 − (T/c)²)   dQ = τ·dS·K   dK = τ·dSᵀQ
///
/// The soft cap c, the bias B, the visible keys and the factors Z of dropout are those of `rules`;
/// without any, S = τ·QKᵀ, O = PV and dS = P∘(dP − D).
///
/// dK and dV are sums over the heads that share a key head. A thread computes all of these, in blocks
/// of query rows: S and dP, T with a soft cap, Z with dropout, at most 2²¹ numbers (16 MiB in all,
/// unless one row of each takes more), so that memory grows with the inputs and not with Nq × Nk.
/// Products are OpenBLAS's; exp, log and tanh are libm's. Calls of this and of `naiveAttention` run
/// one after another.
///
/// A row whose scores are all −∞, as those of a row that sees no key, has zero output, a log-sum-exp
/// of −∞ and zero gradients, and adds nothing to dK and dV, whatever the inputs hold. Otherwise
/// infinities and NaN propagate as in the formulas, which are computed over all keys: the weight of
/// a key that is not visible is 0, and 0·NaN is NaN. But a soft cap makes ±c of ±∞, and BLAS does
/// not look at queries and keys if τ = 0.
///
/// - Parameters:
///   - query: The queries, [batch, heads, queries, headDim].
///   - key: The keys, [batch, kvHeads, keys, headDim].
///   - value: The values, [batch, kvHeads, keys, valueDim].
///   - outputGradient: dO, [batch, heads, queries, valueDim]; `nil` asks for no gradients.
///   - shape: The sizes of the four.
///   - scale: The softmax scale τ; by default 1/√headDim rounded to float32, as in `naiveAttention`.
///   - rules: What becomes of scores and weights; by default nothing.
///   - threads: The most threads to use; by default one for each core. The result does not depend
///     on it. No more are used than there are key heads in all batches.
/// - Returns: O, its log-sum-exp, and the gradients.
/// - Throws: `notPositive` for fewer threads than 1, `wrongCount` for an input that is not as large as
///   `shape` says.
/// - Complexity: 2·batch·heads·Nq·Nk·(headDim + valueDim) operations in products for the output,
///   2·batch·heads·Nq·Nk·(2·headDim + 2·valueDim) more for gradients, whatever is visible; as many
///   exponentials, and with a soft cap hyperbolic tangents, as visible scores.
public func referenceGradients(
  query: Span<Float>, key: Span<Float>, value: Span<Float>, outputGradient: Span<Float>? = nil,
  shape: AttentionShape, scale: Float? = nil, rules: ScoreRules = ScoreRules(),
  threads: Int? = nil
) throws(NaiveAttentionError) -> ReferenceGradients {
  try referenceGradients(
    query: query, key: key, value: value, outputGradient: outputGradient, shape: shape,
    scale: scale, rules: rules, threads: threads, blockElements: 1 << 20)
}

/// As `referenceGradients`, in blocks of rows of which no matrix has more elements than
/// `blockElements`, unless one row has.
package func referenceGradients(
  query: Span<Float>, key: Span<Float>, value: Span<Float>, outputGradient: Span<Float>?,
  shape: AttentionShape, scale: Float?, rules: ScoreRules, threads: Int?, blockElements: Int
) throws(NaiveAttentionError) -> ReferenceGradients {
  try shape.check(query: query.count, key: key.count, value: value.count)
  if let outputGradient, outputGradient.count != shape.outputCount {
    throw .wrongCount(
      name: "output gradient", needed: shape.outputCount, given: outputGradient.count)
  }
  let threads = try resolve(threads: threads)
  var copiedGradient: [Float]?
  if let outputGradient { copiedGradient = copied(outputGradient) }
  let problem = GradientProblem(
    shape: shape, scale: Double(scale ?? Float(shape.defaultScale)), query: copied(query),
    key: copied(key), value: copied(value), outputGradient: copiedGradient,
    rules: rules, blockRows: rules.gradientRows(shape, blockElements: blockElements))
  return problem.run(threads: threads)
}

private func copied(_ span: Span<Float>) -> [Float] {
  unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
}
