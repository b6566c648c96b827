/// The tensors of one call of `referenceAttention`, and the steps of a block of query rows.
///
/// Threads may share it: each computes blocks of its own.
@safe
struct ReferenceProblem<Element: Widenable>: @unchecked Sendable {
  let shape: AttentionShape
  let rows: [Int]
  let scale: Double
  let rules: ScoreRules
  let query: UnsafeBufferPointer<Element>
  let key: UnsafeBufferPointer<Element>
  let value: UnsafeBufferPointer<Element>
  /// Zeros, until blocks add theirs.
  let output: UnsafeMutableBufferPointer<Double>
  let logSumExp: UnsafeMutableBufferPointer<Double>

  /// Computes the selected rows of all heads on at most `threads` threads.
  func run(threads: Int) {
    let division = ReferenceBlocks(shape, rows: rows.count, hasDropout: rules.dropout != nil)
    let blocks = (rows.count + division.rows - 1) / division.rows
    withBLASThreads(1) {
      share(jobs: shape.allHeads * blocks, threads: threads) { jobs in
        useOneBLASThread()
        let scratch = ReferenceScratch(division)
        while let job = jobs.next() {
          let (head, block) = job.quotientAndRemainder(dividingBy: blocks)
          let start = block * division.rows
          let range = start..<min(start + division.rows, rows.count)
          computeBlock(range, head: head, chunkKeys: division.keys, scratch: scratch)
        }
      }
    }
  }

  /// Stores the output and the log-sum-exp of `rows[range]` of a head.
  private func computeBlock(
    _ range: Range<Int>, head: Int, chunkKeys: Int, scratch: borrowing ReferenceScratch
  ) {
    let (keys, d, dv) = (shape.keys, shape.headDim, shape.valueDim)
    let chunks = stride(from: 0, to: keys, by: chunkKeys).map { $0..<min($0 + chunkKeys, keys) }
    let firstKey = shape.kvHead(of: head) * keys
    let firstRow = head * rows.count + range.lowerBound
    let scores = unsafe scratch.scores
    let blockOutput = unsafe UnsafeMutableBufferPointer(
      rebasing: output[(firstRow * dv)..<((firstRow + range.count) * dv)])

    // τ·QKᵀ.
    let blockQuery = unsafe gather(rows[range], of: head, in: scratch.query)
    for chunk in chunks {
      let chunkKey = unsafe widened(
        key, at: firstKey + chunk.lowerBound, rows: chunk.count, columns: d, in: scratch.chunk)
      unsafe store(
        scale, times: blockQuery, transposed: chunkKey,
        in: UnsafeMutableBufferPointer(rebasing: scores[chunk.lowerBound...]), stride: keys)
    }

    // T = c·tanh(τ·QKᵀ / c), S = T + B, P = softmax(S), P∘Z.
    for (index, query) in rows[range].enumerated() {
      let row = ScoreRow(query, head: head, shape: shape, rules: rules)
      let elements = unsafe UnsafeMutableBufferPointer(
        rebasing: scores[(index * keys)..<((index + 1) * keys)])
      var rowScores = unsafe elements.mutableSpan
      row.cap(&rowScores)
      unsafe logSumExp[firstRow + index] = row.weigh(&rowScores)
      guard rules.dropout != nil else { continue }
      var factors = unsafe scratch.factors.mutableSpan
      row.storeFactors(in: &factors)
      for j in 0..<keys { rowScores[j] *= factors[j] }
    }

    // O = (P∘Z)V.
    for chunk in chunks {
      let chunkValue = unsafe widened(
        value, at: firstKey + chunk.lowerBound, rows: chunk.count, columns: dv, in: scratch.chunk)
      let weights = unsafe MatrixView(
        UnsafeBufferPointer(scores), at: chunk.lowerBound, rows: range.count, columns: chunk.count,
        stride: keys)
      unsafe add(weights, times: chunkValue, to: blockOutput, stride: dv)
    }
    for row in 0..<range.count where unsafe logSumExp[firstRow + row] == -.infinity {
      // An empty row is 0 whatever V holds: 0·∞ would be NaN.
      unsafe blockOutput[(row * dv)..<((row + 1) * dv)].update(repeating: 0)
    }
  }

  /// The given query rows of a head, in float64.
  private func gather(
    _ rows: ArraySlice<Int>, of head: Int, in scratch: UnsafeMutableBufferPointer<Double>
  ) -> MatrixView<Double> {
    let d = shape.headDim
    for (target, row) in rows.enumerated() {
      let target = unsafe UnsafeMutableBufferPointer(rebasing: scratch[(target * d)...])
      _ = unsafe widened(
        query, at: head * shape.queries + row, rows: 1, columns: d, in: target)
    }
    return unsafe MatrixView(UnsafeBufferPointer(scratch), rows: rows.count, columns: d)
  }

  /// The rows of `tensor` from row `first` on, in float64.
  private func widened(
    _ tensor: UnsafeBufferPointer<Element>, at first: Int, rows: Int, columns: Int,
    in scratch: UnsafeMutableBufferPointer<Double>
  ) -> MatrixView<Double> {
    let source = unsafe UnsafeBufferPointer(
      rebasing: tensor[(first * columns)..<((first + rows) * columns)])
    unsafe Element.widen(source, into: scratch)
    return unsafe MatrixView(UnsafeBufferPointer(scratch), rows: rows, columns: columns)
  }
}
