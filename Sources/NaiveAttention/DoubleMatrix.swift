import COpenBLAS

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

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

// MARK: - Softmax

extension DoubleMatrix {
  /// Replaces the scores of a row by their softmax over the columns of `ranges`, 0 elsewhere.
  ///
  /// Where all these scores are −∞ the weights are 0.
  ///
  /// - Returns: The log-sum-exp of these scores.
  mutating func softmax(row: Int, over ranges: [Range<Int>]) -> Double {
    let start = row * columns
    var maximum = -Double.infinity
    for range in ranges {
      for j in range {
        let score = elements[start + j]
        if score > maximum || score.isNaN { maximum = score }
      }
    }
    guard maximum != -.infinity else {
      clear(row: row)
      return maximum
    }
    var sum = 0.0
    var end = 0
    for range in ranges {
      for j in end..<range.lowerBound { elements[start + j] = 0 }
      for j in range {
        let weight = exp(elements[start + j] - maximum)
        elements[start + j] = weight
        sum += weight
      }
      end = range.upperBound
    }
    for j in end..<columns { elements[start + j] = 0 }
    for range in ranges {
      for j in range { elements[start + j] /= sum }
    }
    return maximum + log(sum)
  }

  /// Replaces a row dP of the gradient of `weights` P by that of the scores, τ·P∘(dP − Σ P∘dP).
  mutating func differentiateSoftmax(row: Int, weights: DoubleMatrix, scale: Double) {
    let indices = (row * columns)..<((row + 1) * columns)
    var sum = 0.0
    for index in indices { sum += weights.elements[index] * elements[index] }
    for index in indices {
      elements[index] = scale * weights.elements[index] * (elements[index] - sum)
    }
  }
}
