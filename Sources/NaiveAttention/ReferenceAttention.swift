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
///   - threads: The most threads to use; by default one for each core.
/// - Returns: O as [batch, heads, rows, valueDim] and its log-sum-exp as [batch, heads, rows].
/// - Throws: `notPositive`, `wrongCount` or `noSuchRow`.
public func referenceAttention(
  query: Span<Float>, key: Span<Float>, value: Span<Float>, shape: AttentionShape,
  scale: Float? = nil, queryRows: [Int]? = nil, threads: Int? = nil
) throws(NaiveAttentionError) -> AttentionResult<Double> {
  try reference(
    query: query, key: key, value: value, shape: shape,
    scale: Double(scale ?? Float(shape.defaultScale)), queryRows: queryRows, threads: threads)
}

/// Attention in float64 of float64 inputs.
///
///     S = τ·QKᵀ   P = softmax(S)   O = PV   logSumExpᵢ = log Σⱼ exp(Sᵢⱼ)
///
/// Each thread takes blocks of query rows, at most 256 rows and 2²⁰ scores, and multiplies them by
/// chunks of at most 1024 keys. Beside inputs and results it holds at most 16 MiB, unless a row of S
/// exceeds 8 MiB or one of Q, K or V 4 MiB in float64; the buffers of OpenBLAS come on top.
/// Products are OpenBLAS's, exp and log are libm's. Infinities and NaN are treated as in
/// `naiveAttention`, and calls of both run one after another.
///
/// - Parameters:
///   - query: The queries, [batch, heads, queries, headDim].
///   - key: The keys, [batch, kvHeads, keys, headDim].
///   - value: The values, [batch, kvHeads, keys, valueDim].
///   - shape: The sizes of the three.
///   - scale: The softmax scale τ; by default 1/√headDim.
///   - queryRows: The rows to compute in each head, in this order; by default all.
///   - threads: The most threads to use; by default one for each core. The result does not depend
///     on it.
/// - Returns: O as [batch, heads, rows, valueDim] and its log-sum-exp as [batch, heads, rows].
/// - Throws: `notPositive`, `wrongCount` or `noSuchRow`.
public func referenceAttention(
  query: Span<Double>, key: Span<Double>, value: Span<Double>, shape: AttentionShape,
  scale: Double? = nil, queryRows: [Int]? = nil, threads: Int? = nil
) throws(NaiveAttentionError) -> AttentionResult<Double> {
  try reference(
    query: query, key: key, value: value, shape: shape, scale: scale ?? shape.defaultScale,
    queryRows: queryRows, threads: threads)
}

private func reference<Element: Widenable>(
  query: Span<Element>, key: Span<Element>, value: Span<Element>, shape: AttentionShape,
  scale: Double, queryRows: [Int]?, threads: Int?
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
              shape: shape, rows: rows, scale: scale, query: query, key: key, value: value,
              output: output, logSumExp: logSumExp)
            problem.run(threads: threads)
          }
        }
      }
    }
  }
  return AttentionResult(output: output, logSumExp: logSumExp)
}
