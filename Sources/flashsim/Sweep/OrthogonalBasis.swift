/// Columns of numbers as sums of orthogonal unit vectors: a QR decomposition by the modified
/// Gram–Schmidt process, each column twice.
struct OrthogonalBasis {
  /// The columns that no earlier ones make up: their indices, unit vectors, and shares in the unit
  /// vectors up to their own.
  private var independent: [(index: Int, unit: [Double], shares: [Double])] = []
  /// The columns that earlier ones make up, with the earlier ones that it takes.
  private var relations: [Set<Int>] = []
  private var columnCount = 0
  private let count: Int

  /// Creates a basis of columns of `count` numbers.
  init(count: Int) { self.count = count }

  /// Adds a column.
  mutating func add(_ column: [Double]) {
    defer { columnCount += 1 }
    var (shares, rest) = shares(of: column)
    let (corrections, remainder) = self.shares(of: rest)
    for (i, correction) in corrections.enumerated() { shares[i] += correction }
    rest = remainder
    let length = norm(column)
    let restLength = norm(rest)
    // Of a column that others make up, or that is zero, rounding alone is left.
    if restLength <= 1e-9 * length || length <= 1e-12 * Double(count) {
      let parts = zip(independent, solve(shares)).filter { abs($1) > 1e-6 }.map(\.0.index)
      relations.append(Set(parts + [columnCount]))
    } else {
      independent.append((columnCount, rest.map { $0 / restLength }, shares + [restLength]))
    }
  }

  /// The sum of columns that is nearest to a vector: the slope of each, zero where earlier columns make
  /// it up, and the square of the distance.
  func project(_ vector: [Double]) -> (slopes: [Double], residual: Double) {
    let (shares, rest) = shares(of: vector)
    var slopes = [Double](repeating: 0, count: columnCount)
    for (column, slope) in zip(independent, solve(shares)) { slopes[column.index] = slope }
    return (slopes, rest.reduce(0) { $0 + $1 * $1 })
  }

  /// The smallest sets of columns such that each relation between columns lies in one of them.
  var dependentSets: [[Int]] {
    var sets: [Set<Int>] = []
    for relation in relations {
      let met = sets.filter { !$0.isDisjoint(with: relation) }
      sets.removeAll { met.contains($0) }
      sets.append(met.reduce(relation) { $0.union($1) })
    }
    return sets.map { $0.sorted() }.sorted { $0[0] < $1[0] }
  }

  /// A vector's share in each unit vector, and what is left of it.
  private func shares(of vector: [Double]) -> (shares: [Double], rest: [Double]) {
    var rest = vector
    let shares = independent.map { column in
      let share = zip(column.unit, rest).reduce(0) { $0 + $1.0 * $1.1 }
      for i in rest.indices { rest[i] -= share * column.unit[i] }
      return share
    }
    return (shares, rest)
  }

  /// The factors of the independent columns that give these shares: a triangle, from below.
  private func solve(_ shares: [Double]) -> [Double] {
    var slopes = shares
    for k in independent.indices.reversed() {
      slopes[k] /= independent[k].shares[k]
      for j in 0..<k { slopes[j] -= slopes[k] * independent[k].shares[j] }
    }
    return slopes
  }

  private func norm(_ vector: [Double]) -> Double {
    vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}
