import NaiveAttention

/// The greatest rounding errors that attention may have, when computed with unit roundoff `u`.
struct ErrorBounds {
  /// Of a weight before it is normalised, relative to it.
  let weight: Double
  let output: Double
  let logSumExp: Double

  /// First-order bounds, for an exponential good to `expError` times `u`.
  ///
  /// A dot product of d terms errs by at most (d + 1)·u·Σ|q·k|, whatever the order of its sum, and
  /// one of Nk weights by Nk·u relative to Σ P|v|; with a = max τ·Σ|q·k|,
  ///
  ///     e = (d + 2)·u·a + u·2a + expError·u   relative, of a weight: the score, s − m, and exp
  ///     |ΔO| ≤ max|v|·(2e + (2Nk + 3)·u)      e and Nk·u once in PV and once in ℓ; the division
  ///     |ΔLSE| ≤ e + (Nk + 4)·u·(1 + a + log Nk)
  ///
  /// Weights below the least normal number may be 0, which is less than all that.
  ///
  /// A soft cap adds 6·u·a to e: a division, a tanh good to 2 ulp, and a product. A bias of at most
  /// b adds u·a + 3u·b: a sum, and more in s − m; LSE has a + b for a. Dropout multiplies V.
  init(
    _ input: Inputs, u: Double, expError: Double, scale: Float? = nil, rules: Rules = Rules()
  ) {
    let shape = input.shape
    let (d, Nk) = (shape.headDim, Double(shape.keys))
    let tau = Double(abs(scale ?? Float(1 / Double(d).squareRoot())))
    // Cauchy and Schwarz: Σ|q·k| ≤ ‖q‖·‖k‖.
    let a = tau * Self.greatestNorm(input.query, d) * Self.greatestNorm(input.key, d)
    let b = rules.greatestTerm(shape)
    let steps = Double(d) + 4 + (rules.softcap == nil ? 0 : 6) + (rules.bias == .none ? 0 : 1)
    let e = steps * u * a + 3 * u * b + expError * u
    let v = rules.greatestFactor * input.value.reduce(0) { max($0, Double(abs($1))) }
    weight = e
    output = v * (2 * e + (2 * Nk + 3) * u)
    logSumExp = e + (Nk + 4) * u * (1 + a + b + log2Ceiling(shape.keys))
  }

  /// Of `naiveAttention`: exp is good to 1 ulp, which is at most 2u.
  static func float32(_ input: Inputs, scale: Float? = nil) -> ErrorBounds {
    ErrorBounds(input, u: 0x1p-24, expError: 2, scale: scale)
  }

  /// Of a difference of two computations in float64, hence the doubled u.
  static func float64(
    _ input: Inputs, scale: Float? = nil, rules: Rules = Rules()
  ) -> ErrorBounds {
    ErrorBounds(input, u: 0x1p-52, expError: 2, scale: scale, rules: rules)
  }

  private static func greatestNorm(_ elements: [Float], _ d: Int) -> Double {
    stride(from: 0, to: elements.count, by: d).reduce(0) { greatest, row in
      let squares = elements[row..<(row + d)].reduce(0.0) { $0 + Double($1) * Double($1) }
      return max(greatest, squares.squareRoot())
    }
  }
}

private func log2Ceiling(_ count: Int) -> Double {
  Double(Int.bitWidth - count.leadingZeroBitCount)
}

/// The greatest |a − b|; ∞ where one is NaN or infinite and the other is not equal to it.
func distance<A: BinaryFloatingPoint>(_ a: [A], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { greatest, pair in
    let (x, y) = (Double(pair.0), pair.1)
    if x == y || (x.isNaN && y.isNaN) { return greatest }
    let difference = abs(x - y)
    return difference.isFinite ? max(greatest, difference) : .infinity
  }
}
