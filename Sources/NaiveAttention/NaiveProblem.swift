/// The tensors of one call of `naiveAttention`, and the steps of a head.
///
/// Threads may share it: each computes heads or rows of its own.
@safe
struct NaiveProblem: @unchecked Sendable {
  let shape: AttentionShape
  let scale: Float
  let query: UnsafeBufferPointer<Float>
  let key: UnsafeBufferPointer<Float>
  let value: UnsafeBufferPointer<Float>
  let output: UnsafeMutableBufferPointer<Float>
  let logSumExp: UnsafeMutableBufferPointer<Float>

  /// Computes all heads on at most `threads` threads.
  func run(threads: Int) {
    if shape.allHeads >= threads {
      withBLASThreads(1) {
        share(jobs: shape.allHeads, threads: threads) { heads in
          useOneBLASThread()
          let scores = ScoreMatrix(rows: shape.queries, columns: shape.keys)
          while let head = heads.next() {
            computeHead(head, scores: scores, threads: 1)
          }
        }
      }
    } else {
      withBLASThreads(threads) {
        let scores = ScoreMatrix(rows: shape.queries, columns: shape.keys)
        for head in 0..<shape.allHeads {
          computeHead(head, scores: scores, threads: threads)
        }
      }
    }
  }

  /// Stores the output and the log-sum-exp of a head; `scores` is scratch.
  private func computeHead(_ head: Int, scores: borrowing ScoreMatrix, threads: Int) {
    let (queries, keys, d, dv) = (shape.queries, shape.keys, shape.headDim, shape.valueDim)
    let kvHead = shape.kvHead(of: head)
    let headQuery = unsafe MatrixView(query, at: head * queries * d, rows: queries, columns: d)
    let headKey = unsafe MatrixView(key, at: kvHead * keys * d, rows: keys, columns: d)
    let headValue = unsafe MatrixView(value, at: kvHead * keys * dv, rows: keys, columns: dv)
    let headOutput = unsafe UnsafeMutableBufferPointer(
      rebasing: output[(head * queries * dv)..<((head + 1) * queries * dv)])

    // S = τ·QKᵀ.
    unsafe store(
      scale, times: headQuery, transposed: headKey, in: scores.elements, stride: scores.stride)

    // P = exp(S − m), ℓ = Σ P.
    exponentiateRows(of: scores, head: head, threads: threads)

    // O = PV / ℓ: Nq·dv divisions rather than Nq·Nk.
    let weights = unsafe MatrixView(
      UnsafeBufferPointer(scores.elements), rows: queries, columns: keys, stride: scores.stride)
    unsafe store(weights, times: headValue, in: headOutput, stride: dv)
    for row in 0..<queries {
      let sum = unsafe scores.sums[row]
      for index in (row * dv)..<((row + 1) * dv) {
        // An empty row is 0 whatever V holds: 0·∞ would be NaN.
        unsafe headOutput[index] = sum == 0 ? 0 : headOutput[index] / sum
      }
    }
  }

  private func exponentiateRows(of scores: borrowing ScoreMatrix, head: Int, threads: Int) {
    // Some microseconds of work, and few enough rows to share evenly.
    let rowsPerJob = 16
    let jobs = (scores.rows + rowsPerJob - 1) / rowsPerJob
    guard threads > 1, jobs > 1 else {
      exponentiateRows(0..<scores.rows, of: scores, head: head)
      return
    }
    share(jobs: jobs, threads: threads) { queue in
      while let job = queue.next() {
        let start = job * rowsPerJob
        exponentiateRows(start..<min(start + rowsPerJob, scores.rows), of: scores, head: head)
      }
    }
  }

  private func exponentiateRows(_ rows: Range<Int>, of scores: borrowing ScoreMatrix, head: Int) {
    for row in rows {
      unsafe logSumExp[head * shape.queries + row] = scores.exponentiate(row: row)
    }
  }
}
