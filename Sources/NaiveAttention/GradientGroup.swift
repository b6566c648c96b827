/// The computation of a key head and of the heads that attend to it.
struct GradientGroup {
  /// What has been computed.
  private(set) var result: ReferenceGradients

  private let problem: GradientProblem
  private let index: Int
  private let key: DoubleMatrix
  private let value: DoubleMatrix
  private var keyGradient: DoubleMatrix
  private var valueGradient: DoubleMatrix

  init(_ index: Int, of problem: GradientProblem) {
    let (keys, d, dv) = (problem.shape.keys, problem.shape.headDim, problem.shape.valueDim)
    self.problem = problem
    self.index = index
    result = ReferenceGradients(gradients: problem.outputGradient != nil)
    key = DoubleMatrix(problem.key, at: index * keys * d, rows: keys, columns: d)
    value = DoubleMatrix(problem.value, at: index * keys * dv, rows: keys, columns: dv)
    keyGradient = DoubleMatrix(rows: keys, columns: d)
    valueGradient = DoubleMatrix(rows: keys, columns: dv)
  }

  /// Computes `result`, head by head and block by block.
  mutating func compute() {
    let shape = problem.shape
    let heads = shape.heads / shape.kvHeads
    var weights = DoubleMatrix(rows: problem.blockRows, columns: shape.keys)
    var scoreGradient = DoubleMatrix(
      rows: problem.outputGradient == nil ? 0 : problem.blockRows, columns: shape.keys)
    for head in (index * heads)..<((index + 1) * heads) {
      for start in stride(from: 0, to: shape.queries, by: problem.blockRows) {
        let rows = start..<min(start + problem.blockRows, shape.queries)
        computeOutput(of: rows, head: head, weights: &weights)
        guard problem.outputGradient != nil else { continue }
        computeGradients(of: rows, head: head, weights: weights, scoreGradient: &scoreGradient)
      }
    }
    result.keyGradient? += keyGradient.elements
    result.valueGradient? += valueGradient.elements
  }

  /// Appends the output and the log-sum-exp of `rows`, and stores their weights.
  private mutating func computeOutput(
    of rows: Range<Int>, head: Int, weights: inout DoubleMatrix
  ) {
    let shape = problem.shape
    let query = block(of: problem.query, rows, head: head, columns: shape.headDim)

    // S = τ·QKᵀ.
    weights.rows = rows.count
    weights.store(problem.scale, times: query, transposed: key)

    // P = softmax(S).
    for (row, query) in rows.enumerated() {
      let visible = problem.visibleKeys(batch: index / shape.kvHeads, query: query)
      result.logSumExp.append(weights.softmax(row: row, over: visible))
    }

    // O = PV.
    var output = DoubleMatrix(rows: rows.count, columns: shape.valueDim)
    output.store(weights, times: value)
    clearEmptyRows(of: &output)
    result.output += output.elements
  }

  /// Appends dQ of `rows`, and adds what they contribute to dK and dV; `scoreGradient` is scratch.
  private mutating func computeGradients(
    of rows: Range<Int>, head: Int, weights: DoubleMatrix, scoreGradient: inout DoubleMatrix
  ) {
    guard let gradient = problem.outputGradient else { return }
    let shape = problem.shape
    var query = block(of: problem.query, rows, head: head, columns: shape.headDim)
    var outputGradient = block(of: gradient, rows, head: head, columns: shape.valueDim)
    clearEmptyRows(of: &query)
    clearEmptyRows(of: &outputGradient)

    // O = PV: dV = PᵀdO, dP = dO·Vᵀ.
    valueGradient.add(transposed: weights, times: outputGradient)
    scoreGradient.rows = rows.count
    scoreGradient.store(1, times: outputGradient, transposed: value)

    // P = softmax(S): dS = P∘(dP − D), D = rowsum(P∘dP). Here with τ.
    for row in 0..<rows.count {
      scoreGradient.differentiateSoftmax(row: row, weights: weights, scale: problem.scale)
    }
    clearEmptyRows(of: &scoreGradient)

    // S = τ·QKᵀ: dQ = τ·dS·K, dK = τ·dSᵀQ.
    var queryGradient = DoubleMatrix(rows: rows.count, columns: shape.headDim)
    queryGradient.store(scoreGradient, times: key)
    clearEmptyRows(of: &queryGradient)
    result.queryGradient? += queryGradient.elements
    keyGradient.add(transposed: scoreGradient, times: query)
  }

  /// Rows of a head of a tensor, as a matrix.
  private func block(
    of tensor: [Float], _ rows: Range<Int>, head: Int, columns: Int
  ) -> DoubleMatrix {
    let first = head * problem.shape.queries + rows.lowerBound
    return DoubleMatrix(tensor, at: first * columns, rows: rows.count, columns: columns)
  }

  /// Fills the rows whose scores are all −∞ with 0, among those that were appended last.
  ///
  /// Their weights are 0, but 0·∞ would be NaN.
  private func clearEmptyRows(of matrix: inout DoubleMatrix) {
    for (row, logSumExp) in result.logSumExp.suffix(matrix.rows).enumerated()
    where logSumExp == -.infinity {
      matrix.clear(row: row)
    }
  }
}
