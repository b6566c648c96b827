/// `x ← c · tanh(x / c)`.
@Sendable
func softcap(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int, _ c: Float
) {
  let cap = Vector(repeating: c)
  let reciprocal = Vector(repeating: 1 / c)
  for line in 0..<lines {
    for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
      let p = x + line * stride + lane
      Vector(at: p).softcapped(at: cap, reciprocal).store(at: p)
    }
  }
}

/// `x ← x · (1 − (t / c)²)`, and 0 · x where t is −∞.
@Sendable
func softcapDerivative(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ t: UnsafePointer<Float>, _ tStride: Int, _ c: Float
) {
  let cap = Vector(repeating: c)
  let reciprocal = Vector(repeating: 1 / c)
  for line in 0..<lines {
    for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
      let p = x + line * stride + lane
      let capped = Vector(at: t + line * tStride + lane)
      // (1 − t/c) · (1 + t/c): near the cap, 1 − (t/c)² would be the rounding of (t/c)² alone.
      let factor = ((cap - capped) * reciprocal) * ((cap + capped) * reciprocal)
      (Vector(at: p) * factor.replacing(with: 0, where: capped .== -.infinity)).store(at: p)
    }
  }
}

extension Vector {
  /// c · tanh(x/c), given c and 1/c: at most 3 ulp off, ±c at ±∞, NaN at NaN.
  @inline(__always)
  fileprivate func softcapped(at cap: Vector, _ reciprocal: Vector) -> Vector {
    let y = self * reciprocal
    // tanh(y) = y + y³·q(y²) for |y| < 0.625, with the polynomial of Cephes' tanhf (Moshier). With x
    // in place of c·y, nothing is lost where y is subnormal.
    let z = y * y
    let q = Vector(repeating: -3.33332819422e-1)
      .adding(
        z,
        times: Vector(repeating: 1.33314422036e-1)
          .adding(
            z,
            times: Vector(repeating: -5.37397155531e-2)
              .adding(
                z,
                times: Vector(repeating: 2.06390887954e-2)
                  .adding(z, times: Vector(repeating: -5.70498872745e-3)))))
    let near = adding(self, times: z * q)
    // tanh|y| = 1 − 2t/(1 + t) with t = exp(−2|y|), at most 0.29.
    let t = (Vector(repeating: -2) * y.magnitude).exponential
    let far = cap.adding(-cap, times: (t + t) / (Vector(repeating: 1) + t))
    // The sign of −0 too, which the sum would lose.
    return far.replacing(with: near, where: y.magnitude .< Vector(repeating: 0.625))
      .withSigns(of: self)
  }
}
