import COpenBLAS

/// Attention that writes all Nq × Nk scores of a head to memory and reads them back.
///
///     S = τ·QKᵀ   P = softmax(S)   O = PV   logSumExpᵢ = log Σⱼ exp(Sᵢⱼ)
///
/// Products are OpenBLAS's. With at least as many heads as threads, each thread computes whole
/// heads, and the number of threads does not change a bit of the result. With fewer heads, they
/// are computed one by one, products and softmax on all threads; OpenBLAS may then split a product
/// otherwise than on one thread, which rounds differently.
///
/// A row whose scores are all −∞ has zero output and a log-sum-exp of −∞. NaN propagates: one in a
/// query to its row, one in a key or value to the rows of its heads. But BLAS does not look at
/// queries and keys if τ = 0: weights are then uniform whatever these are. Weights below 2⁻¹²⁶ are 0.
///
/// Calls from several threads run one after another, because OpenBLAS's number of threads belongs to
/// the process; it is restored on return.
///
/// - Parameters:
///   - query: The queries, [batch, heads, queries, headDim].
///   - key: The keys, [batch, kvHeads, keys, headDim].
///   - value: The values, [batch, kvHeads, keys, valueDim].
///   - shape: The sizes of the three.
///   - scale: The softmax scale τ; by default 1/√headDim.
///   - threads: The most threads to use; by default one for each core.
/// - Returns: O as [batch, heads, queries, valueDim] and its log-sum-exp as [batch, heads, queries].
/// - Throws: `notPositive` for fewer threads than 1, `wrongCount` for an input that is not as large as
///   `shape` says, `insufficientMemory` if `naivePeakMemory` exceeds the memory of the machine.
/// - Complexity: 2·batch·heads·Nq·Nk·(headDim + valueDim) operations in products, and as many
///   exponentials as scores.
public func naiveAttention(
  query: Span<Float>, key: Span<Float>, value: Span<Float>, shape: AttentionShape,
  scale: Float? = nil, threads: Int? = nil
) throws(NaiveAttentionError) -> AttentionResult<Float> {
  try shape.check(query: query.count, key: key.count, value: value.count)
  let needed = try shape.naivePeakMemory(threads: threads)
  guard needed <= hostMemory else {
    throw .insufficientMemory(needed: needed, available: hostMemory)
  }
  let threads = try resolve(threads: threads)
  var output = [Float](repeating: 0, count: shape.outputCount)
  var logSumExp = [Float](repeating: 0, count: shape.rowCount)
  unsafe query.withUnsafeBufferPointer { query in
    unsafe key.withUnsafeBufferPointer { key in
      unsafe value.withUnsafeBufferPointer { value in
        unsafe output.withUnsafeMutableBufferPointer { output in
          unsafe logSumExp.withUnsafeMutableBufferPointer { logSumExp in
            let problem = unsafe NaiveProblem(
              shape: shape, scale: scale ?? Float(shape.defaultScale), query: query, key: key,
              value: value, output: output, logSumExp: logSumExp)
            problem.run(threads: threads)
          }
        }
      }
    }
  }
  return AttentionResult(output: output, logSumExp: logSumExp)
}
