import NaiveAttention

/// The greatest differences that two computations of the gradients in float64 may have.
struct GradientBounds {
  let query: Double
  let key: Double
  let value: Double

  /// First-order bounds, with u = 2⁻⁵² because two computations err.
  ///
  /// With e of a weight before it is normalised as in `ErrorBounds`, n = Nq · heads / kvHeads rows
  /// that contribute to a key, z the greatest factor of dropout, and c = z·max‖dO‖·max‖V‖, which no
  /// |dP| or |D| exceeds:
  ///
  ///     p = 2e + (Nk + 2)·u            relative, of P
  ///     |ΔdV| ≤ n·z·max|dO|·(p + (n + 2)·u)
  ///     |ΔdP| ≤ (dv + 2)·u·c
  ///     |ΔD|  ≤ (p + (dv + Nk + 3)·u)·c
  ///     |ΔdS| ≤ τ·P·c·s                s = 3p + (2dv + Nk + 11)·u; |dS| ≤ 2τ·P·c
  ///     |ΔdQ| ≤ τ·c·max|K|·(s + 2(Nk + 1)·u)
  ///     |ΔdK| ≤ n·τ·c·max|Q|·(s + 2(n + 1)·u)
  ///
  /// A soft cap, t = c·tanh(s/c), adds 2·Δ(1 − tanh²) ≤ 2·(2·(e/c + u) + 3u) to s.
  init(
    _ input: Inputs, outputGradient: [Float], scale: Float? = nil, rules: Rules = Rules()
  ) {
    let shape = input.shape
    let (u, d, dv) = (0x1p-52, Double(shape.headDim), Double(shape.valueDim))
    let (Nk, n) = (Double(shape.keys), Double(shape.queries * shape.heads / shape.kvHeads))
    let tau = Double(abs(scale ?? Float(1 / d.squareRoot())))
    let e = ErrorBounds.float64(input, scale: scale, rules: rules).weight
    let z = rules.greatestFactor
    let c =
      z * greatestNorm(outputGradient, shape.valueDim) * greatestNorm(input.value, shape.valueDim)
    let p = 2 * e + (Nk + 2) * u
    let slope = rules.softcap.map { 2 * (2 * (e / $0 + u) + 3 * u) } ?? 0
    let s = 3 * p + (2 * dv + Nk + 11) * u + slope
    value = n * z * greatestNorm(outputGradient, 1) * (p + (n + 2) * u)
    query = tau * c * greatestNorm(input.key, 1) * (s + 2 * (Nk + 1) * u)
    key = n * tau * c * greatestNorm(input.query, 1) * (s + 2 * (n + 1) * u)
  }
}

/// The greatest Euclidean norm of the rows of `d` elements.
private func greatestNorm(_ elements: [Float], _ d: Int) -> Double {
  stride(from: 0, to: elements.count, by: d).reduce(0) { greatest, row in
    let squares = elements[row..<(row + d)].reduce(0.0) { $0 + Double($1) * Double($1) }
    return max(greatest, squares.squareRoot())
  }
}
