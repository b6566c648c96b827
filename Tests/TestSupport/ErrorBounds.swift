/// γₙ = n·u / (1 − n·u) with u = 2⁻²⁴, the relative error of n roundings to nearest in Float.
///
/// A sum of n products, in whatever order and fused or not, is off by at most γₙ · Σ|aᵢ·bᵢ|; a sum of
/// n numbers by γₙ · Σ|aᵢ| (Higham, Accuracy and Stability of Numerical Algorithms, 3.1).
public func gamma(_ n: Int) -> Double {
  let u = 0x1p-24
  return Double(n) * u / (1 - Double(n) * u)
}

/// A unit in the last place that a Float has at `exact`.
public func ulp(at exact: Double) -> Double {
  // A Double has 29 more bits; a Float below 2⁻¹²⁶ has no smaller unit than 2⁻¹⁴⁹.
  max(exact.ulp * 0x1p29, Double(Float.leastNonzeroMagnitude))
}

/// How far `value` is from `exact`, in units of the last place that a Float has there.
public func ulpDistance(_ value: Float, from exact: Double) -> Double {
  abs(Double(value) - exact) / ulp(at: exact)
}
