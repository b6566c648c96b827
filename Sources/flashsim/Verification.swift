internal import FlashCore
internal import HBMSim
internal import NaiveAttention

/// What outputs are checked against: float64, and naive attention by OpenBLAS.
struct Verification {
  /// Rows of every head that are compared.
  let rows: [Int]
  private let shape: FlashCore.AttentionShape
  private let output: [Double]
  /// Naive attention in f32, where it was asked for.
  let naive: Naive?

  /// What naive attention did.
  struct Naive {
    /// Its greatest distance from float64.
    let maxError: Double
    /// Its time.
    let seconds: Double
  }

  /// Computes what outputs of this input are compared with, or nil where nothing is to be compared.
  init?(
    _ input: AttentionInput, scale: Float, threads: Int, choice: ReferenceChoice
  ) throws(NaiveAttentionError) {
    let shape = input.shape
    let scores = shape.matrices * shape.queries * shape.keys
    // A second or so on two cores.
    let affordable = 1 << 28
    switch choice {
    case .none: return nil
    case .full: rows = Array(0..<shape.queries)
    case .auto where scores <= affordable: rows = Array(0..<shape.queries)
    case .auto, .sample:
      let count = min(
        shape.queries, max(1, (affordable / 16) / (shape.matrices * shape.keys)), 256)
      rows = (0..<count).map { $0 * shape.queries / count }
    }
    self.shape = shape
    let sizes = try NaiveAttention.AttentionShape(
      batch: shape.batch, heads: shape.heads, kvHeads: shape.kvHeads, queries: shape.queries,
      keys: shape.keys, headDim: shape.headDim, valueDim: shape.valueDim)
    let rows = self.rows
    let output = try input.withSpans {
      query, key, value throws(NaiveAttentionError) in
      try referenceAttention(
        query: query, key: key, value: value, shape: sizes, scale: scale, queryRows: rows,
        threads: threads
      ).output
    }
    self.output = output
    guard scores <= affordable else {
      naive = nil
      return
    }
    let start = ContinuousClock.now
    let result = try input.withSpans { query, key, value throws(NaiveAttentionError) in
      try naiveAttention(
        query: query, key: key, value: value, shape: sizes, scale: scale, threads: threads
      ).output
    }
    let time = ContinuousClock.now - start
    naive = Naive(
      maxError: greatestDifference(result.span, from: output, rows: rows, shape),
      seconds: time / .seconds(1))
  }

  /// The greatest distance of an output from float64; NaN in one alone is infinitely far.
  func maxError(of tensor: Tensor) -> Double {
    tensor.withElements { greatestDifference($0, from: output, rows: rows, shape) }
  }
}

private func greatestDifference(
  _ output: Span<Float>, from reference: [Double], rows: [Int],
  _ shape: FlashCore.AttentionShape
) -> Double {
  var greatest = 0.0
  let width = shape.valueDim
  for matrix in 0..<shape.matrices {
    for (i, row) in rows.enumerated() {
      for column in 0..<width {
        let value = Double(output[(matrix * shape.queries + row) * width + column])
        let expected = reference[(matrix * rows.count + i) * width + column]
        if value == expected || (value.isNaN && expected.isNaN) { continue }
        let difference = abs(value - expected)
        greatest = difference.isNaN ? .infinity : max(greatest, difference)
      }
    }
  }
  return greatest
}

extension AttentionInput {
  /// Calls `body` with the numbers of Q, K and V.
  func withSpans<Result, Failure: Error>(
    _ body: (Span<Float>, Span<Float>, Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try query.withElements { query throws(Failure) in
      try key.withElements { key throws(Failure) in
        try value.withElements { value throws(Failure) in try body(query, key, value) }
      }
    }
  }
}
