#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The tensors of one call of `referenceAttention`, and the steps of a block of query rows.
///
/// Threads may share it: each computes blocks of its own.
@safe
struct ReferenceProblem: @unchecked Sendable {
  let shape: AttentionShape
  let rows: [Int]
  let scale: Double
  let query: UnsafeBufferPointer<Double>
  let key: UnsafeBufferPointer<Double>
  let value: UnsafeBufferPointer<Double>
  let output: UnsafeMutableBufferPointer<Double>
  let logSumExp: UnsafeMutableBufferPointer<Double>

  /// Computes the selected rows of all heads on at most `threads` threads.
  func run(threads: Int) {
    let blockRows = max(1, min(256, 1 << 24 / shape.keys, rows.count))
    let blocks = (rows.count + blockRows - 1) / blockRows
    withBLASThreads(1) {
      share(jobs: shape.allHeads * blocks, threads: threads) { jobs in
        useOneBLASThread()
        var blockQuery = [Double](repeating: 0, count: blockRows * shape.headDim)
        var scores = [Double](repeating: 0, count: blockRows * shape.keys)
        while let job = jobs.next() {
          let (head, block) = job.quotientAndRemainder(dividingBy: blocks)
          let start = block * blockRows
          let range = start..<min(start + blockRows, rows.count)
          computeBlock(range, head: head, query: &blockQuery, scores: &scores)
        }
      }
    }
  }

  /// Stores the output and the log-sum-exp of `rows[range]` of a head; the rest is scratch.
  private func computeBlock(
    _ range: Range<Int>, head: Int, query blockQuery: inout [Double], scores: inout [Double]
  ) {
    let (keys, d, dv) = (shape.keys, shape.headDim, shape.valueDim)
    let kvHead = shape.kvHead(of: head)
    let headKey = unsafe MatrixView(key, at: kvHead * keys * d, rows: keys, columns: d)
    let headValue = unsafe MatrixView(value, at: kvHead * keys * dv, rows: keys, columns: dv)
    let firstRow = head * rows.count + range.lowerBound
    let blockOutput = unsafe UnsafeMutableBufferPointer(
      rebasing: output[(firstRow * dv)..<((firstRow + range.count) * dv)])

    for (target, row) in rows[range].enumerated() {
      let source = (head * shape.queries + row) * d
      for feature in 0..<d {
        unsafe blockQuery[target * d + feature] = query[source + feature]
      }
    }
    unsafe blockQuery.withUnsafeBufferPointer { blockQuery in
      unsafe scores.withUnsafeMutableBufferPointer { scores in
        // S = τ·QKᵀ.
        let query = unsafe MatrixView(blockQuery, rows: range.count, columns: d)
        unsafe store(scale, times: query, transposed: headKey, in: scores, stride: keys)

        // P = softmax(S).
        for row in 0..<range.count {
          let rowScores = unsafe UnsafeMutableBufferPointer(
            rebasing: scores[(row * keys)..<((row + 1) * keys)])
          unsafe logSumExp[firstRow + row] = softmax(rowScores)
        }

        // O = PV.
        let weights = unsafe MatrixView(
          UnsafeBufferPointer(scores), rows: range.count, columns: keys)
        unsafe store(weights, times: headValue, in: blockOutput, stride: dv)
        for row in 0..<range.count where unsafe logSumExp[firstRow + row] == -.infinity {
          // An empty row is 0 whatever V holds: 0·∞ would be NaN.
          unsafe blockOutput[(row * dv)..<((row + 1) * dv)].update(repeating: 0)
        }
      }
    }
  }
}

/// Replaces the scores of a row by their softmax, and returns their log-sum-exp.
///
/// Where all scores are −∞ the weights are 0.
private func softmax(_ row: UnsafeMutableBufferPointer<Double>) -> Double {
  var maximum = -Double.infinity
  for j in row.indices {
    let score = unsafe row[j]
    if score > maximum || score.isNaN { maximum = score }
  }
  guard maximum != -.infinity else {
    unsafe row.update(repeating: 0)
    return maximum
  }
  var sum = 0.0
  for j in row.indices {
    let weight = unsafe exp(row[j] - maximum)
    unsafe row[j] = weight
    sum += weight
  }
  for j in row.indices {
    unsafe row[j] /= sum
  }
  return maximum + log(sum)
}
