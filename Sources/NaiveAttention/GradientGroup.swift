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

  // Of a block of rows.

  /// S, and then P.
  private var weights: DoubleMatrix

  /// T, 0 where not visible, for the gradient of a soft cap.
  private var capped: DoubleMatrix?

  /// Z, where there is dropout.
  private var factors: DoubleMatrix?

  /// P∘Z where there is dropout, and then dP and dS.
  private var scoreGradient: DoubleMatrix

  init(_ index: Int, of problem: GradientProblem) {
    let (keys, d, dv) = (problem.shape.keys, problem.shape.headDim, problem.shape.valueDim)
    let hasGradients = problem.outputGradient != nil
    self.problem = problem
    self.index = index
    result = ReferenceGradients(gradients: hasGradients)
    key = DoubleMatrix(problem.key, at: index * keys * d, rows: keys, columns: d)
    value = DoubleMatrix(problem.value, at: index * keys * dv, rows: keys, columns: dv)
    keyGradient = DoubleMatrix(rows: keys, columns: d)
    valueGradient = DoubleMatrix(rows: keys, columns: dv)

    let rows = problem.blockRows
    let hasDropout = problem.rules.dropout != nil
    weights = DoubleMatrix(rows: rows, columns: keys)
    if hasGradients, problem.rules.softcap != nil {
      capped = DoubleMatrix(rows: rows, columns: keys)
    }
    if hasDropout { factors = DoubleMatrix(rows: rows, columns: keys) }
    scoreGradient = DoubleMatrix(rows: hasGradients || hasDropout ? rows : 0, columns: keys)
  }

  /// Computes `result`, head by head and block by block.
  mutating func compute() {
    let shape = problem.shape
    let heads = shape.heads / shape.kvHeads
    for head in (index * heads)..<((index + 1) * heads) {
      for start in stride(from: 0, to: shape.queries, by: problem.blockRows) {
        let rows = start..<min(start + problem.blockRows, shape.queries)
        computeWeights(of: rows, head: head)
        computeOutput(of: rows)
        computeGradients(of: rows, head: head)
      }
    }
    result.keyGradient? += keyGradient.elements
    result.valueGradient? += valueGradient.elements
  }

  /// Stores the weights of `rows` and what the rules say of them, and appends their log-sum-exp.
  private mutating func computeWeights(of rows: Range<Int>, head: Int) {
    let shape = problem.shape
    let query = block(of: problem.query, rows, head: head, columns: shape.headDim)

    // τ·QKᵀ.
    weights.rows = rows.count
    weights.store(problem.scale, times: query, transposed: key)

    // T = c·tanh(τ·QKᵀ / c), S = T + B, P = softmax(S).
    for (index, query) in rows.enumerated() {
      let row = ScoreRow(query, head: head, shape: shape, rules: problem.rules)
      weights.updateRow(index, row.cap)
      capped?.copy(row: index, of: weights, over: row.visible)
      result.logSumExp.append(weights.updateRow(index, row.weigh))
      factors?.updateRow(index, row.storeFactors)
    }
  }

  /// Appends the output of `rows`, and stores P∘Z.
  private mutating func computeOutput(of rows: Range<Int>) {
    if let factors {
      scoreGradient.rows = rows.count
      scoreGradient.store(weights, elementwise: factors)
    }

    // O = (P∘Z)V.
    var output = DoubleMatrix(rows: rows.count, columns: problem.shape.valueDim)
    output.store(keptWeights, times: value)
    clearEmptyRows(of: &output)
    result.output += output.elements
  }

  /// Appends dQ of `rows`, and adds what they contribute to dK and dV.
  private mutating func computeGradients(of rows: Range<Int>, head: Int) {
    guard let gradient = problem.outputGradient else { return }
    let shape = problem.shape
    var query = block(of: problem.query, rows, head: head, columns: shape.headDim)
    var outputGradient = block(of: gradient, rows, head: head, columns: shape.valueDim)
    clearEmptyRows(of: &query)
    clearEmptyRows(of: &outputGradient)

    // O = (P∘Z)V: dV = (P∘Z)ᵀdO, dP = (dO·Vᵀ)∘Z.
    valueGradient.add(transposed: keptWeights, times: outputGradient)
    scoreGradient.rows = rows.count
    scoreGradient.store(1, times: outputGradient, transposed: value)
    if let factors { scoreGradient.multiply(elementwise: factors) }

    // P = softmax(S): dS = P∘(dP − D), D = rowsum(P∘dP). Here with τ.
    for row in 0..<rows.count {
      scoreGradient.differentiateSoftmax(row: row, weights: weights, scale: problem.scale)
    }

    // T = c·tanh(τ·QKᵀ / c): dS∘(1 − (T/c)²).
    if let softcap = problem.rules.softcap, let capped {
      scoreGradient.differentiateSoftcap(softcap, of: capped)
    }
    clearEmptyRows(of: &scoreGradient)

    // dQ = τ·dS·K, dK = τ·dSᵀQ.
    var queryGradient = DoubleMatrix(rows: rows.count, columns: shape.headDim)
    queryGradient.store(scoreGradient, times: key)
    clearEmptyRows(of: &queryGradient)
    result.queryGradient? += queryGradient.elements
    keyGradient.add(transposed: scoreGradient, times: query)
  }

  /// P∘Z, as `computeOutput` stores it.
  private var keptWeights: DoubleMatrix { factors == nil ? weights : scoreGradient }

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
