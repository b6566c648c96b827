/// Attention in float64 of float32 inputs: what other implementations are judged by.
///
/// As `referenceAttention` of float64 inputs, bit for bit: numbers are widened where they are used.
///
/// - Parameters:
///   - query: The queries, [batch, heads, queries, headDim].
///   - key: The keys, [batch, kvHeads, keys, headDim].
///   - value: The values, [batch, kvHeads, keys, valueDim].
///   - shape: The sizes of the three.
///   - scale: The softmax scale τ; by default 1/√headDim rounded to float32, as in `naiveAttention`.
///   - queryRows: The rows to compute in each head, in this order; by default all.
///   - rules: What becomes of scores and weights; by default nothing.
///   - threads: The most threads to use; by default one for each core.
/// - Returns: O as [batch, heads, rows, valueDim] and its log-sum-exp as [batch, heads, rows].
/// - Throws: `notPositive`, `wrongCount` or `noSuchRow`.
public func referenceAttention(
  query: Span<Float>, key: Span<Float>, value: Span<Float>, shape: AttentionShape,
  scale: Float? = nil, queryRows: [Int]? = nil, rules: ScoreRules = ScoreRules(),
  threads: Int? = nil
) throws(NaiveAttentionError) -> AttentionResult<Double> {
  try reference(
    query: query, key: key, value: value, shape: shape,
    scale: Double(scale ?? Float(shape.defaultScale)), queryRows: queryRows, rules: rules,
    threads: threads)
}

/// Attention in float64 of float64 inputs.
///
///     T = c·tanh(τ·QKᵀ / c)   S = T + B, −∞ where not visible   P = softmax(S)   O = (P∘Z)V
///     logSumExpᵢ = log Σⱼ exp(Sᵢⱼ)
///
/// The soft cap c, the bias B, the visible keys and the factors Z of dropout are those of `rules`;
/// without any, S = τ·QKᵀ and O = PV.
///
/// Each thread takes blocks of query rows, at most 256 rows and 2²⁰ scores, and multiplies them by
/// chunks of at most 1024 keys. Beside inputs and results it holds at most 16 MiB, unless a row of
/// S exceeds 8 MiB, 4 MiB with dropout, or one of Q, K or V 4 MiB in float64; the buffers of
/// OpenBLAS come on top. Products are OpenBLAS's; exp, log and tanh are libm's.
///
/// Infinities and NaN are treated as in `naiveAttention`, but a soft cap makes ±c of ±∞. A key that
/// is not visible has weight 0, and 0·NaN of its value is NaN. Calls of both run one after another.
///
/// - Parameters:
///   - query: The queries, [batch, heads, queries, headDim].
///   - key: The keys, [batch, kvHeads, keys, headDim].
///   - value: The values, [batch, kvHeads, keys, valueDim].
///   - shape: The sizes of the three.
///   - scale: The softmax scale τ; by default 1/√headDim.
///   - queryRows: The rows to compute in each head, in this order; by default all.
///   - rules: What becomes of scores and weights; by default nothing.
///   - threads: The most threads to use; by default one for each core. The result does not depend
///     on it.
/// - Returns: O as [batch, heads, rows, valueDim] and its log-sum-exp as [batch, heads, rows].
/// - Throws: `notPositive`, `wrongCount` or `noSuchRow`.
/// - Complexity: 2·batch·heads·rows·Nk·(headDim + valueDim) operations in products, whatever is
///   visible; as many exponentials, and with a soft cap hyperbolic tangents, as visible scores.
public func referenceAttention(
  query: Span<Double>, key: Span<Double>, value: Span<Double>, shape: AttentionShape,
  scale: Double? = nil, queryRows: [Int]? = nil, rules: ScoreRules = ScoreRules(),
  threads: Int? = nil
) throws(NaiveAttentionError) -> AttentionResult<Double> {
  try reference(
    query: query, key: key, value: value, shape: shape, scale: scale ?? shape.defaultScale,
    queryRows: queryRows, rules: rules, threads: threads)
}

private func reference<Element: Widenable>(
  query: Span<Element>, key: Span<Element>, value: Span<Element>, shape: AttentionShape,
  scale: Double, queryRows: [Int]?, rules: ScoreRules, threads: Int?
) throws(NaiveAttentionError) -> AttentionResult<Double> {
  try shape.check(query: query.count, key: key.count, value: value.count)
  let threads = try resolve(threads: threads)
  let rows = queryRows ?? Array(0..<shape.queries)
  for row in rows where !(0..<shape.queries).contains(row) {
    throw .noSuchRow(row: row, queries: shape.queries)
  }
  var output = [Double](repeating: 0, count: shape.allHeads * rows.count * shape.valueDim)
  var logSumExp = [Double](repeating: 0, count: shape.allHeads * rows.count)
  unsafe query.withUnsafeBufferPointer { query in
    unsafe key.withUnsafeBufferPointer { key in
      unsafe value.withUnsafeBufferPointer { value in
        unsafe output.withUnsafeMutableBufferPointer { output in
          unsafe logSumExp.withUnsafeMutableBufferPointer { logSumExp in
            let problem = unsafe ReferenceProblem(
              shape: shape, rows: rows, scale: scale, rules: rules, query: query, key: key,
              value: value, output: output, logSumExp: logSumExp)
            problem.run(threads: threads)
          }
        }
      }
    }
  }
  return AttentionResult(output: output, logSumExp: logSumExp)
}
