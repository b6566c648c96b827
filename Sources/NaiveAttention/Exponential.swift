/// As many floats as one step of the softmax takes: two SSE2 or NEON registers, or one of AVX.
package typealias Lanes = SIMD8<Float>

/// eˣ for x ≤ 0.
///
/// At most 1 ulp from the true value on [−87.33654, 0], exactly 1 at 0, exactly 0 below (where
/// the true value is less than the least normal number, and at −∞), NaN for NaN.
///
/// - Precondition: No lane is positive.
@inline(__always)
package func exponential(_ x: Lanes) -> Lanes {
  // eˣ = 2ⁿ·eʳ with n = round(x/ln 2) and |r| ≤ ln(2)/2. Adding 1.5·2²³ rounds to
  // an integer, and leaves it in the low bits of the significand.
  let rounder = Lanes(repeating: 0x1.8p23)
  let rounded = x * 1.442695 + rounder
  let n = rounded - rounder

  // ln 2 in two parts, of which the first has 9 bits, so that its product with n is exact.
  let r = (x - n * 0.693359375) - n * -2.1219444e-4

  // eʳ = 1 + r + r²·q(r), q minimax in the relative error of eʳ: 0.05·2⁻²⁴. Plain products
  // and sums: without -mfma, `addingProduct` is a call of libm for each lane.
  var q = r * 0.00138143125 + 0.00836885103
  q = q * r + 0.0416684012
  q = q * r + 0.166665195
  q = q * r + 0.499999934
  let significand = (q * (r * r) + r) + 1

  // The shift drops all but n from the bits of `rounded`: those of 1.5·2²³ end 9 bits from the top.
  let bits = unsafe unsafeBitCast(rounded, to: SIMD8<UInt32>.self)
  let power = unsafe unsafeBitCast((bits &<< 23) &+ 0x3F80_0000, to: Lanes.self)

  // Below ln 2⁻¹²⁶ the exponent would wrap. NaN compares false, and stays.
  return (significand * power).replacing(with: 0, where: x .< -87.33654)
}
