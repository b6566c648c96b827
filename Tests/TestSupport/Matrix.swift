/// A matrix of Doubles: what definitions are written in.
public struct Matrix: Sendable {
  /// Rows.
  public let rows: Int
  /// Columns.
  public let columns: Int
  /// The elements, row by row.
  public var elements: [Double]

  /// The matrix with these elements.
  public init(rows: Int, columns: Int, _ element: (Int, Int) -> Double) {
    self.rows = rows
    self.columns = columns
    elements = []
    elements.reserveCapacity(rows * columns)
    for i in 0..<rows {
      for j in 0..<columns { elements.append(element(i, j)) }
    }
  }

  /// The matrix with these elements, row by row.
  public init(rows: Int, columns: Int, _ floats: [Float]) {
    precondition(floats.count == rows * columns, "Shape mismatch")
    self.rows = rows
    self.columns = columns
    elements = floats.map(Double.init)
  }

  /// The matrix of zeros.
  public static func zeros(_ rows: Int, _ columns: Int) -> Matrix {
    Matrix(rows: rows, columns: columns) { _, _ in 0 }
  }

  /// Element (i, j).
  public subscript(i: Int, j: Int) -> Double { elements[i * columns + j] }

  /// Row i.
  public func row(_ i: Int) -> ArraySlice<Double> {
    elements[i * columns..<(i + 1) * columns]
  }

  /// The elements as floats, row by row.
  public var floats: [Float] { elements.map { Float($0) } }

  /// The transpose.
  public var transposed: Matrix { Matrix(rows: columns, columns: rows) { self[$1, $0] } }

  /// The absolute values.
  public var magnitudes: Matrix { map { abs($0) } }

  /// Every element mapped.
  public func map(_ transform: (Double) -> Double) -> Matrix {
    Matrix(rows: rows, columns: columns) { transform(self[$0, $1]) }
  }

  /// The greatest element of each row.
  public var rowMaxima: Matrix {
    Matrix(rows: rows, columns: 1) { i, _ in row(i).reduce(-.infinity) { $1 > $0 ? $1 : $0 } }
  }

  /// The sum of each row.
  public var rowSums: Matrix { Matrix(rows: rows, columns: 1) { i, _ in row(i).reduce(0, +) } }

  /// The sum.
  public static func + (a: Matrix, b: Matrix) -> Matrix {
    Matrix(rows: a.rows, columns: a.columns) { a[$0, $1] + b[$0, $1] }
  }

  /// The product of a number and a matrix.
  public static func * (s: Double, a: Matrix) -> Matrix { a.map { s * $0 } }

  /// The product, by definition.
  public static func * (a: Matrix, b: Matrix) -> Matrix {
    precondition(a.columns == b.rows, "Shape mismatch")
    return Matrix(rows: a.rows, columns: b.columns) { i, j in
      var sum = 0.0
      for k in 0..<a.columns { sum += a[i, k] * b[k, j] }
      return sum
    }
  }
}

/// The first element of `values` that is farther from `exact` than `bound` allows, in words; nil where
/// there is none.
///
/// Equal infinities are no distance apart, and NaN is far from everything.
public func excess(_ values: [Float], over exact: Matrix, bound: Matrix) -> String? {
  if values.count != exact.rows * exact.columns { return "\(values.count) elements" }
  for i in 0..<exact.rows {
    for j in 0..<exact.columns {
      let value = Double(values[i * exact.columns + j])
      if value == exact[i, j] || abs(value - exact[i, j]) <= bound[i, j] { continue }
      return "(\(i), \(j)) is \(value) and not \(exact[i, j]) ± \(bound[i, j])"
    }
  }
  return nil
}
