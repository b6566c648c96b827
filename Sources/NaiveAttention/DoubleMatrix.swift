import COpenBLAS

/// A row-major matrix in float64 that owns its elements.
struct DoubleMatrix {
  private(set) var elements: [Double]

  /// The number of rows in use, at most those that there were first.
  var rows: Int {
    didSet { precondition(rows * columns <= elements.count, "Rows beyond their matrix") }
  }

  let columns: Int

  /// A matrix of zeros.
  init(rows: Int, columns: Int) {
    elements = [Double](repeating: 0, count: rows * columns)
    self.rows = rows
    self.columns = columns
  }

  /// The matrix that begins at element `offset` of a tensor.
  init(_ tensor: [Float], at offset: Int, rows: Int, columns: Int) {
    elements = tensor[offset..<(offset + rows * columns)].map(Double.init)
    self.rows = rows
    self.columns = columns
  }

  /// Fills a row with 0.
  mutating func clear(row: Int) {
    for index in (row * columns)..<((row + 1) * columns) { elements[index] = 0 }
  }
}

// MARK: - Products

extension DoubleMatrix {
  /// Stores `scale · a · bᵀ`.
  mutating func store(_ scale: Double, times a: DoubleMatrix, transposed b: DoubleMatrix) {
    precondition(a.rows == rows && b.rows == columns && a.columns == b.columns, "Shape mismatch")
    multiply(scale, a, CblasNoTrans, b, CblasTrans, depth: a.columns, plus: 0)
  }

  /// Stores `a · b`.
  mutating func store(_ a: DoubleMatrix, times b: DoubleMatrix) {
    precondition(a.rows == rows && b.columns == columns && a.columns == b.rows, "Shape mismatch")
    multiply(1, a, CblasNoTrans, b, CblasNoTrans, depth: a.columns, plus: 0)
  }

  /// Adds `aᵀ · b`.
  mutating func add(transposed a: DoubleMatrix, times b: DoubleMatrix) {
    precondition(a.columns == rows && b.columns == columns && a.rows == b.rows, "Shape mismatch")
    multiply(1, a, CblasTrans, b, CblasNoTrans, depth: a.rows, plus: 1)
  }

  /// Stores the product of `a` and `b`, each transposed or not, plus `beta` times what there was.
  private mutating func multiply(
    _ alpha: Double, _ a: DoubleMatrix, _ aTranspose: CBLAS_TRANSPOSE, _ b: DoubleMatrix,
    _ bTranspose: CBLAS_TRANSPOSE, depth: Int, plus beta: Double
  ) {
    let (rows, columns) = (rows, columns)
    unsafe elements.withUnsafeMutableBufferPointer { c in
      unsafe cblas_dgemm(
        CblasRowMajor, aTranspose, bTranspose, blasint(rows), blasint(columns), blasint(depth),
        alpha, a.elements, blasint(a.columns), b.elements, blasint(b.columns),
        beta, c.baseAddress, blasint(columns))
    }
  }
}

// MARK: - Rows and elements

extension DoubleMatrix {
  /// The result of `body`, which may change the elements of a row.
  mutating func updateRow<Result>(
    _ row: Int, _ body: (inout MutableSpan<Double>) -> Result
  ) -> Result {
    let indices = (row * columns)..<((row + 1) * columns)
    return unsafe elements.withUnsafeMutableBufferPointer { elements in
      var row = unsafe UnsafeMutableBufferPointer(rebasing: elements[indices]).mutableSpan
      return body(&row)
    }
  }

  /// Copies the columns of `ranges` of a row, and fills the others with 0.
  mutating func copy(row: Int, of other: DoubleMatrix, over ranges: [Range<Int>]) {
    clear(row: row)
    let start = row * columns
    for range in ranges {
      for j in range { elements[start + j] = other.elements[start + j] }
    }
  }

  /// Stores `a ∘ b`.
  mutating func store(_ a: DoubleMatrix, elementwise b: DoubleMatrix) {
    for index in 0..<(rows * columns) { elements[index] = a.elements[index] * b.elements[index] }
  }

  /// Multiplies each element by that of `other`.
  mutating func multiply(elementwise other: DoubleMatrix) {
    for index in 0..<(rows * columns) { elements[index] *= other.elements[index] }
  }
}

// MARK: - Gradients

extension DoubleMatrix {
  /// Replaces a row dP of the gradient of `weights` P by that of the scores, τ·P∘(dP − Σ P∘dP).
  mutating func differentiateSoftmax(row: Int, weights: DoubleMatrix, scale: Double) {
    let indices = (row * columns)..<((row + 1) * columns)
    var sum = 0.0
    for index in indices { sum += weights.elements[index] * elements[index] }
    for index in indices {
      elements[index] = scale * weights.elements[index] * (elements[index] - sum)
    }
  }

  /// Replaces the gradient of the capped scores T = c·tanh(s/c) by that of s, ∘ (1 − (T/c)²).
  mutating func differentiateSoftcap(_ softcap: Double, of capped: DoubleMatrix) {
    for index in 0..<(rows * columns) {
      let tangent = capped.elements[index] / softcap
      elements[index] *= 1 - tangent * tangent
    }
  }
}
