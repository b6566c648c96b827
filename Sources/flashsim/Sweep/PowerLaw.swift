internal import Foundation

/// y = c · Π xₖ^eₖ, fitted by least squares of logarithms.
struct PowerLaw {
  /// The exponent of each factor; nil where the points do not tell it.
  let exponents: [Double?]
  /// c; nil where an exponent is.
  let constant: Double?
  /// The part of the variance of log y that the law explains; nil where y never varies.
  let rSquared: Double?
  /// Factors whose exponents cannot be told apart, for each moves with the others of its set; or
  /// cannot be told, for it never moves.
  let inseparable: [[Int]]

  /// Fits a law to points.
  ///
  /// - Parameters:
  ///   - factors: For each factor, its values at the points.
  ///   - values: y at the points.
  /// - Precondition: There is a point, and all numbers are positive and finite.
  init(factors: [[Double]], values: [Double]) {
    let response = Centred(logarithmsOf: values)
    let columns = factors.map { Centred(logarithmsOf: $0) }
    var basis = OrthogonalBasis(count: values.count)
    for column in columns { basis.add(column.deviations) }
    let fit = basis.project(response.deviations)
    let inseparable = basis.dependentSets
    let lost = Set(inseparable.joined())
    let slopes = columns.indices.map { lost.contains($0) ? nil : fit.slopes[$0] }
    exponents = slopes
    self.inseparable = inseparable
    constant =
      lost.isEmpty
      ? exp(zip(columns, fit.slopes).reduce(response.mean) { $0 - $1.0.mean * $1.1 }) : nil
    let variation = response.deviations.reduce(0) { $0 + $1 * $1 }
    // What rounding leaves of logarithms that are all the same.
    let isConstant = variation <= 1e-24 * Double(values.count)
    rSquared = isConstant ? nil : 1 - fit.residual / variation
  }
}

/// Logarithms, less their mean.
private struct Centred {
  let mean: Double
  let deviations: [Double]

  init(logarithmsOf values: [Double]) {
    let logarithms = values.map { log($0) }
    let mean = logarithms.reduce(0, +) / Double(values.count)
    self.mean = mean
    deviations = logarithms.map { $0 - mean }
  }
}
