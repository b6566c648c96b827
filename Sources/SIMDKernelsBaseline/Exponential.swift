internal import VectorShims

#if SIMD_AVX512
  extension Vector {
    /// eˣ: at most 0.6 ulp off for x in [−87, 0]; exactly 0 below −126·ln 2 and at −∞, NaN at NaN.
    ///
    /// eˣ = 2^(k/16)·eʳ with k = round(16·x/ln 2) and |r| ≤ ln(2)/32, which leaves a short polynomial: seven
    /// multiplications where halves of the exponent would need ten. Adding 1.5·2²³ rounds to an integer,
    /// and leaves k in the low bits of the significand.
    @inline(__always)
    var exponential: Vector {
      let shifter = Vector(repeating: 0x1.8p23)
      let shifted = shifter.adding(self, times: Vector(repeating: 0x1.715476p4))
      let k = shifted - shifter
      // ln(2)/16 in two parts.
      let r =
        self
        .adding(k, times: Vector(repeating: -0x1.62e43p-5))
        .adding(k, times: Vector(repeating: 0x1.05c61p-33))
      // eʳ − 1 = r·p(r), off by less than 0.04 · 2⁻²⁴.
      let p = Vector(repeating: 1)
        .adding(
          r, times: Vector(repeating: 0.50001955).adding(r, times: Vector(repeating: 0.16666667)))
      let power = sixteenths16(shifted)
      return power.adding(power, times: sixteenthsRest16(shifted).adding(r, times: p))
        .replacing(with: 0, where: self .< Vector(repeating: -87.33654))
    }
  }
#else
  extension Vector {
    /// eˣ: at most 1.2 ulp off for x in [−87, 0], 0.9 with fused multiplication and addition; exactly
    /// 0 below −126·ln 2 and at −∞, NaN at NaN.
    ///
    /// eˣ = 2ⁿ·eʳ with n = round(x/ln 2) and |r| ≤ ln(2)/2. Adding 1.5·2²³ + 127 rounds to an integer,
    /// and leaves n + 127 in the low bits of the significand, from where a shift makes it the exponent
    /// of 2ⁿ. By a product of floats, and not by adding bits, eʳ stays NaN if it is.
    @inline(__always)
    var exponential: Vector {
      let shifter = Vector(repeating: 0x1.8p23 + 127)
      let shifted = shifter.adding(self, times: Vector(repeating: 0x1.715476p0))
      let n = shifted - shifter
      // ln 2 in two parts; the first has 9 bits, so that n times it is exact.
      let r =
        self
        .adding(n, times: Vector(repeating: -0x1.63p-1))
        .adding(n, times: Vector(repeating: 0x1.bd0106p-13))
      // eʳ = 1 + r + r²·q(r), the polynomial of least relative error, 0.05 · 2⁻²⁴.
      let q = Vector(repeating: 0.499999940395)
        .adding(
          r,
          times: Vector(repeating: 0.166665196418)
            .adding(
              r,
              times: Vector(repeating: 0.0416684001684)
                .adding(
                  r,
                  times: Vector(repeating: 0.00836885068566)
                    .adding(r, times: Vector(repeating: 0.00138143205550)))))
      let p = Vector(repeating: 1).adding(r, times: Vector(repeating: 1).adding(r, times: q))
      return (p * shifted.raised).replacing(with: 0, where: self .< Vector(repeating: -87.33654))
    }
  }
#endif

extension Vector {
  /// The floats with these bits.
  @inline(__always)
  init(bits: IntegerVector) { self = unsafeBitCast(bits, to: Vector.self) }
}

extension IntegerVector {
  /// The bits of these floats.
  @inline(__always)
  init(bits: Vector) { self = unsafeBitCast(bits, to: IntegerVector.self) }
}

/// `x ← exp(x − m)` with `m` by lane, where `m` = −∞ counts as 0.
@Sendable
func exponentialVertical(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ m: UnsafePointer<Float>
) {
  for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
    _ = exponentiate(x + lane, lines, stride, minus: Vector(at: m + lane))
  }
}

/// The same, with the sum of each lane added to its element of `sums`.
@Sendable
func exponentialSumVertical(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ m: UnsafePointer<Float>, _ sums: UnsafeMutablePointer<Float>
) {
  for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
    let sum = exponentiate(x + lane, lines, stride, minus: Vector(at: m + lane))
    (Vector(at: sums + lane) + sum).store(at: sums + lane)
  }
}

/// `x ← exp(x − m)` with `m` by line, where `m` = −∞ counts as 0.
@Sendable
func exponentialHorizontal(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ m: UnsafePointer<Float>
) {
  let vectors = (lanes + Vector.lanes - 1) / Vector.lanes
  for line in 0..<lines {
    _ = exponentiate(
      x + line * stride, vectors, Vector.lanes, minus: Vector(repeating: m[line]))
  }
}

/// The same, with the sum of each line added to its element of `sums`.
@Sendable
func exponentialSumHorizontal(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ m: UnsafePointer<Float>, _ sums: UnsafeMutablePointer<Float>
) {
  let whole = lanes / Vector.lanes
  for line in 0..<lines {
    let p = x + line * stride
    let m = Vector(repeating: m[line])
    var sum = exponentiate(p, whole, Vector.lanes, minus: m)
    let lane = whole * Vector.lanes
    if lane < lanes {
      sum += exponentiate(p + lane, 1, 0, minus: m).prefix(lanes - lane, filler: 0)
    }
    sums[line] += sum.total
  }
}

/// `x ← exp(x − m)` of vectors some floats apart, and their sum.
@inline(__always)
private func exponentiate(
  _ x: UnsafeMutablePointer<Float>, _ count: Int, _ stride: Int, minus m: Vector
) -> Vector {
  // Where all is −∞: −∞ − (−∞) would be NaN, −∞ − 0 leaves weight 0.
  let offset = m.replacing(with: 0, where: m .== -.infinity)
  var sum = Vector()
  var p = x
  for _ in 0..<count {
    let value = (Vector(at: p) - offset).exponential
    value.store(at: p)
    sum += value
    p += stride
  }
  return sum
}
