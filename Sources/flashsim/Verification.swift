@_spi(Host) internal import FlashCore
internal import HBMSim
internal import NaiveAttention

/// What results are checked against: float64, and naive attention by OpenBLAS.
struct Verification {
  /// Rows of every head that are compared.
  private let rows: [Int]
  private let shape: FlashCore.AttentionShape
  private let output: [Double]
  /// dQ, dK and dV, where there is a backward pass.
  private let gradients: [(name: String, values: [Double])]
  /// Naive attention in f32, where it computes the same and takes seconds.
  let naive: Naive?

  /// What naive attention did.
  struct Naive {
    /// Its greatest distance from float64.
    let maxError: Double
    /// Its time.
    let seconds: Double
  }

  /// How far results are from float64.
  struct Deviation {
    /// The greatest distance of an element.
    let maxAbs: Double
    /// The tensor that it is in.
    let tensor: String
    /// Rows of every head that were compared.
    let rows: Int
  }

  /// Computes what the results of a plan are compared with, or nil where nothing is to be compared.
  init?(
    _ input: AttentionInput, _ plan: AttentionPlan, _ scoreInputs: ScoreInputs,
    choice: ReferenceChoice
  ) throws(NaiveAttentionError) {
    if choice == .none { return nil }
    shape = plan.shape
    let sizes = try NaiveAttention.AttentionShape(plan.shape)
    let scores = shape.matrices * shape.queries * shape.keys
    // A second or so on two cores.
    let affordable = 1 << 28
    let isFull = choice == .full || choice == .auto && scores <= affordable
    if plan.pass.hasBackward {
      // A gradient takes all rows.
      guard isFull else { return nil }
      let reference = try input.gradients(plan, scoreInputs, sizes)
      rows = Array(0..<shape.queries)
      output = reference.output
      gradients = [
        ("dQ", reference.queryGradient), ("dK", reference.keyGradient),
        ("dV", reference.valueGradient),
      ].compactMap { name, values in values.map { (name, $0) } }
      naive = nil
      return
    }
    let count =
      isFull
      ? shape.queries
      : min(shape.queries, max(1, (affordable / 16) / (shape.matrices * shape.keys)), 256)
    let queries = shape.queries
    let rows = (0..<count).map { $0 * queries / count }
    let output = try input.withSpans { query, key, value throws(NaiveAttentionError) in
      try referenceAttention(
        query: query, key: key, value: value, shape: sizes, scale: plan.scale, queryRows: rows,
        rules: ScoreRules(plan, scoreInputs), threads: plan.machine.threads
      ).output
    }
    self.rows = rows
    self.output = output
    gradients = []
    guard plan.options.leavesAll && plan.options.leavesWeights && scores <= affordable else {
      naive = nil
      return
    }
    let start = ContinuousClock.now
    let result = try input.withSpans { query, key, value throws(NaiveAttentionError) in
      try naiveAttention(
        query: query, key: key, value: value, shape: sizes, scale: plan.scale,
        threads: plan.machine.threads
      ).output
    }
    let time = ContinuousClock.now - start
    naive = Naive(
      maxError: greatestDifference(result.span, from: output, rows: rows, shape),
      seconds: time / .seconds(1))
  }

  /// How far results are from float64; NaN in one alone is infinitely far.
  func deviation(of result: FlashCore.AttentionResult) -> Deviation {
    var worst = Deviation(
      maxAbs: result.output.withFloats {
        greatestDifference($0, from: output, rows: rows, shape)
      }, tensor: "O", rows: rows.count)
    guard let computed = result.gradients else { return worst }
    for (tensor, reference) in zip([computed.query, computed.key, computed.value], gradients) {
      let difference = tensor.withFloats { greatestDifference($0, from: reference.values) }
      if difference > worst.maxAbs {
        worst = Deviation(maxAbs: difference, tensor: reference.name, rows: rows.count)
      }
    }
    return worst
  }
}

private func greatestDifference(_ values: Span<Float>, from reference: [Double]) -> Double {
  var greatest = 0.0
  for i in values.indices { greatest = max(greatest, distance(values[i], reference[i])) }
  return greatest
}

private func distance(_ value: Float, _ expected: Double) -> Double {
  let value = Double(value)
  if value == expected || (value.isNaN && expected.isNaN) { return 0 }
  let difference = abs(value - expected)
  return difference.isNaN ? .infinity : difference
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
        greatest = max(
          greatest,
          distance(
            output[(matrix * shape.queries + row) * width + column],
            reference[(matrix * rows.count + i) * width + column]))
      }
    }
  }
  return greatest
}

extension Tensor {
  /// Calls `body` with the numbers as floats, copied where they are none.
  fileprivate func withFloats<Result, Failure: Error>(
    _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try buffer.withFloats(in: 0..<buffer.count, body)
  }
}

extension NaiveAttention.AttentionShape {
  /// The same sizes in the other library's words.
  fileprivate init(_ shape: FlashCore.AttentionShape) throws(NaiveAttentionError) {
    try self.init(
      batch: shape.batch, heads: shape.heads, kvHeads: shape.kvHeads, queries: shape.queries,
      keys: shape.keys, headDim: shape.headDim, valueDim: shape.valueDim)
  }
}

extension AttentionInput {
  /// O of a plan and the gradients of its backward pass, in float64.
  fileprivate func gradients(
    _ plan: AttentionPlan, _ scoreInputs: ScoreInputs, _ sizes: NaiveAttention.AttentionShape
  ) throws(NaiveAttentionError) -> ReferenceGradients {
    guard let outputGradient else { preconditionFailure("A backward pass without a gradient") }
    return try withSpans { query, key, value throws(NaiveAttentionError) in
      try outputGradient.withFloats { gradient throws(NaiveAttentionError) in
        try referenceGradients(
          query: query, key: key, value: value, outputGradient: gradient, shape: sizes,
          scale: plan.scale, rules: ScoreRules(plan, scoreInputs), threads: plan.machine.threads)
      }
    }
  }

  /// Calls `body` with the numbers of Q, K and V.
  func withSpans<Result, Failure: Error>(
    _ body: (Span<Float>, Span<Float>, Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try query.withFloats { query throws(Failure) in
      try key.withFloats { key throws(Failure) in
        try value.withFloats { value throws(Failure) in try body(query, key, value) }
      }
    }
  }
}
