/// Both passes of attention in float64.
public struct ReferenceGradients: Sendable {
  /// O, [batch, heads, queries, valueDim].
  public internal(set) var output: [Double]
  /// log Σ exp of the scores of each row, [batch, heads, queries].
  public internal(set) var logSumExp: [Double]
  /// dQ, [batch, heads, queries, headDim], where there was an output gradient.
  public internal(set) var queryGradient: [Double]?
  /// dK, [batch, kvHeads, keys, headDim], added up over the heads that share it.
  public internal(set) var keyGradient: [Double]?
  /// dV, [batch, kvHeads, keys, valueDim], added up over the heads that share it.
  public internal(set) var valueGradient: [Double]?
}

/// Attention and its gradients in float64, with a rule that says which keys each query sees.
///
///     S = τ·QKᵀ, −∞ where unseen   P = softmax(S)   O = PV
///     dV = PᵀdO   dP = dOVᵀ   dS = P ∘ (dP − rowsum(P ∘ dP))   dQ = τ·dSK   dK = τ·dSᵀQ
///
/// A query that sees no key has output 0, log-sum-exp −∞ and gradient 0. Inputs are copied to float64;
/// beside them and the results each thread holds two blocks of at most 2²⁰ scores, or one row.
///
/// - Parameters:
///   - query: The queries, [batch, heads, queries, headDim].
///   - key: The keys, [batch, kvHeads, keys, headDim].
///   - value: The values, [batch, kvHeads, keys, valueDim].
///   - outputGradient: dO, as the output; nil where no gradients are wanted.
///   - shape: The sizes.
///   - scale: The softmax scale τ; by default 1/√headDim rounded to float32.
///   - visibleKeys: The keys that a query of a sequence sees, as ascending ranges; nil for all.
///   - threads: The most threads to use; by default one for each core. The result does not depend
///     on it.
/// - Throws: `notPositive` or `wrongCount`.
public func referenceGradients(
  query: Span<Float>, key: Span<Float>, value: Span<Float>, outputGradient: Span<Float>? = nil,
  shape: AttentionShape, scale: Float? = nil,
  visibleKeys: (@Sendable (_ batch: Int, _ query: Int) -> [Range<Int>])? = nil,
  threads: Int? = nil
) throws(NaiveAttentionError) -> ReferenceGradients {
  try shape.check(query: query.count, key: key.count, value: value.count)
  if let outputGradient, outputGradient.count != shape.outputCount {
    throw .wrongCount(
      name: "output gradient", needed: shape.outputCount, given: outputGradient.count)
  }
  let threads = try resolve(threads: threads)
  let hasGradient = outputGradient != nil
  func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
  var result = ReferenceGradients(
    output: zeros(shape.outputCount), logSumExp: zeros(shape.rowCount),
    queryGradient: hasGradient ? zeros(shape.queryCount) : nil,
    keyGradient: hasGradient ? zeros(shape.keyCount) : nil,
    valueGradient: hasGradient ? zeros(shape.valueCount) : nil)
  var gradient: [Double]?
  if let outputGradient { gradient = doubles(outputGradient) }
  let problem = GradientProblem(
    shape: shape, scale: Double(scale ?? Float(shape.defaultScale)), visibleKeys: visibleKeys,
    query: doubles(query), key: doubles(key), value: doubles(value),
    outputGradient: gradient)
  let heads = problem.run(threads: threads)
  for (kvHead, head) in heads.enumerated() {
    result.put(head, kvHead: kvHead, shape)
  }
  return result
}

extension ReferenceGradients {
  /// Takes over what was computed for one head of keys.
  fileprivate mutating func put(_ head: GradientProblem.Head, kvHead: Int, _ shape: AttentionShape)
  {
    func put(_ part: [Double], _ whole: inout [Double]) {
      whole.replaceSubrange(kvHead * part.count..<(kvHead + 1) * part.count, with: part)
    }
    put(head.output, &output)
    put(head.logSumExp, &logSumExp)
    guard queryGradient != nil else { return }
    put(head.queryGradient, &queryGradient!)
    put(head.keyGradient, &keyGradient!)
    put(head.valueGradient, &valueGradient!)
  }
}

private func doubles(_ span: Span<Float>) -> [Double] { span.indices.map { Double(span[$0]) } }
