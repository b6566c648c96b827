import COpenBLAS
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The tensors of one call of `referenceGradients`, and the steps for one head of keys.
struct GradientProblem: Sendable {
  let shape: AttentionShape
  let scale: Double
  let visibleKeys: (@Sendable (_ batch: Int, _ query: Int) -> [Range<Int>])?
  let query: [Double]
  let key: [Double]
  let value: [Double]
  let outputGradient: [Double]?

  /// The results for one head of keys: of all heads of queries that share it, one after another.
  struct Head: Sendable {
    var output: [Double] = []
    var logSumExp: [Double] = []
    var queryGradient: [Double] = []
    var keyGradient: [Double]
    var valueGradient: [Double]
  }

  /// Computes all heads of keys, each on one thread.
  func run(threads: Int) -> [Head] {
    let count = shape.batch * shape.kvHeads
    let results = Mutex([Head?](repeating: nil, count: count))
    withBLASThreads(1) {
      share(jobs: count, threads: threads) { jobs in
        useOneBLASThread()
        while let kvHead = jobs.next() {
          let head = head(kvHead)
          results.withLock { $0[kvHead] = head }
        }
      }
    }
    return results.withLock { $0.compactMap(\.self) }
  }

  private func head(_ kvHead: Int) -> Head {
    let (keys, d, dv) = (shape.keys, shape.headDim, shape.valueDim)
    let K = Array(key[kvHead * keys * d..<(kvHead + 1) * keys * d])
    let V = Array(value[kvHead * keys * dv..<(kvHead + 1) * keys * dv])
    var result = Head(
      keyGradient: [Double](repeating: 0, count: keys * d),
      valueGradient: [Double](repeating: 0, count: keys * dv))
    let group = shape.heads / shape.kvHeads
    let blockRows = max(1, min(shape.queries, 1 << 20 / keys))
    for head in kvHead * group..<(kvHead + 1) * group {
      for first in stride(from: 0, to: shape.queries, by: blockRows) {
        let rows = first..<min(first + blockRows, shape.queries)
        let start = head * shape.queries + rows.lowerBound
        let Q = Array(query[start * d..<(start + rows.count) * d])
        var P = product(scale, Q, rows.count, transposed: K, keys, d)
        for (i, row) in rows.enumerated() {
          hide(&P, row: i, batch: head / shape.heads, query: row)
          result.logSumExp.append(normalize(&P, row: i))
        }
        result.output += outputs(P, V, rows: rows.count, result.logSumExp.suffix(rows.count))
        guard let outputGradient else { continue }
        let dO = Array(outputGradient[start * dv..<(start + rows.count) * dv])
        add(1, P, transposedOf: rows.count, keys, dO, dv, to: &result.valueGradient)
        var dS = product(1, dO, rows.count, transposed: V, keys, dv)
        for i in 0..<rows.count { differentiate(&dS, P, row: i) }
        result.queryGradient += product(scale, dS, rows.count, K, keys, d)
        add(scale, dS, transposedOf: rows.count, keys, Q, d, to: &result.keyGradient)
      }
    }
    return result
  }

  /// Sets the scores of keys that are not seen to −∞.
  private func hide(_ scores: inout [Double], row: Int, batch: Int, query: Int) {
    guard let visibleKeys else { return }
    let keys = shape.keys
    var next = 0
    for range in visibleKeys(batch, query) + [keys..<keys] {
      precondition(next <= range.lowerBound && range.upperBound <= keys, "Keys out of range")
      for j in next..<range.lowerBound { scores[row * keys + j] = -.infinity }
      next = range.upperBound
    }
  }

  /// Replaces the scores of a row by their softmax, 0 where all are −∞, and gives their log-sum-exp.
  private func normalize(_ scores: inout [Double], row: Int) -> Double {
    let range = row * shape.keys..<(row + 1) * shape.keys
    var maximum = -Double.infinity
    for j in range where scores[j] > maximum || scores[j].isNaN { maximum = scores[j] }
    if maximum == -.infinity {
      for j in range { scores[j] = 0 }
      return maximum
    }
    var sum = 0.0
    for j in range {
      scores[j] = exp(scores[j] - maximum)
      sum += scores[j]
    }
    for j in range { scores[j] /= sum }
    return maximum + log(sum)
  }

  /// PV; 0 for a row without weights, whatever V holds: 0·∞ would be NaN.
  private func outputs(
    _ P: [Double], _ V: [Double], rows: Int, _ logSumExp: ArraySlice<Double>
  ) -> [Double] {
    let dv = shape.valueDim
    var output = product(1, P, rows, V, shape.keys, dv)
    for (i, value) in logSumExp.enumerated() where value == -.infinity {
      for f in 0..<dv { output[i * dv + f] = 0 }
    }
    return output
  }

  /// dS = P ∘ (dP − rowsum(P ∘ dP)), in the place of dP.
  private func differentiate(_ gradients: inout [Double], _ P: [Double], row: Int) {
    let range = row * shape.keys..<(row + 1) * shape.keys
    var sum = 0.0
    for j in range { sum += P[j] * gradients[j] }
    for j in range { gradients[j] = P[j] * (gradients[j] - sum) }
  }
}

// MARK: - Products of row-major matrices

/// `scale · a·bᵀ` of matrices of `rows` × `depth` and `columns` × `depth`.
private func product(
  _ scale: Double, _ a: [Double], _ rows: Int, transposed b: [Double], _ columns: Int, _ depth: Int
) -> [Double] {
  var c = [Double](repeating: 0, count: rows * columns)
  unsafe cblas_dgemm(
    CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rows), blasint(columns), blasint(depth),
    scale, a, blasint(depth), b, blasint(depth), 0, &c, blasint(columns))
  return c
}

/// `scale · a·b` of matrices of `rows` × `depth` and `depth` × `columns`.
private func product(
  _ scale: Double, _ a: [Double], _ rows: Int, _ b: [Double], _ depth: Int, _ columns: Int
) -> [Double] {
  var c = [Double](repeating: 0, count: rows * columns)
  unsafe cblas_dgemm(
    CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows), blasint(columns), blasint(depth),
    scale, a, blasint(depth), b, blasint(columns), 0, &c, blasint(columns))
  return c
}

/// Adds `scale · aᵀ·b` of matrices of `depth` × `rows` and `depth` × `columns` to `c`.
private func add(
  _ scale: Double, _ a: [Double], transposedOf depth: Int, _ rows: Int, _ b: [Double],
  _ columns: Int, to c: inout [Double]
) {
  unsafe cblas_dgemm(
    CblasRowMajor, CblasTrans, CblasNoTrans, blasint(rows), blasint(columns), blasint(depth),
    scale, a, blasint(rows), b, blasint(columns), 1, &c, blasint(columns))
}
