import KernelInterface

/// A binary floating-point format of 16 bits, by definition.
enum ShortFormat: CaseIterable {
  /// IEEE 754 binary16.
  case half
  /// The upper half of a float.
  case bfloat

  /// Bits of the significand, without the leading 1.
  var significandBits: Int { self == .half ? 10 : 7 }
  /// The exponent of the smallest normal number.
  var leastExponent: Int { self == .half ? -14 : -126 }
  /// The bits of infinity.
  var infinity: UInt16 { self == .half ? 0x7C00 : 0x7F80 }

  /// The kernel that makes floats of it.
  func widening(_ kernels: Kernels) -> Kernels.Conversion<UInt16, Float> {
    self == .half ? kernels.widenHalf : kernels.widenBFloat
  }

  /// The kernel that makes it of floats.
  func narrowing(_ kernels: Kernels) -> Kernels.Conversion<Float, UInt16> {
    self == .half ? kernels.narrowHalf : kernels.narrowBFloat
  }

  /// The float of a number, or NaN with its payload: a half's becomes quiet.
  func widened(_ bits: UInt16) -> Float {
    let magnitude = bits & 0x7FFF
    let significand = magnitude & ((1 << significandBits) - 1)
    let sign = UInt32(bits & 0x8000) << 16
    if magnitude >= infinity {
      let payload = UInt32(significand) << (23 - significandBits)
      let quiet: UInt32 = self == .half && significand != 0 ? 0x40_0000 : 0
      return Float(bitPattern: sign | 0x7F80_0000 | payload | quiet)
    }
    let exponent = max(Int(magnitude >> significandBits), 1) - 1 + leastExponent
    let one = magnitude >> significandBits == 0 ? 0 : 1 << significandBits
    let value = Float(
      sign: .plus, exponent: exponent - significandBits,
      significand: Float(Int(significand) + one))
    return Float(bitPattern: sign | value.bitPattern)
  }

  /// The bits of the nearest number, ties to even, or of a quiet NaN.
  func narrowed(_ x: Float) -> UInt16 {
    let sign = UInt16(x.bitPattern >> 31) << 15
    if x.isNaN {
      let payload = UInt16((x.bitPattern & 0x7F_FFFF) >> (23 - significandBits))
      return sign | infinity | 1 << (significandBits - 1) | payload
    }
    if x.isInfinite { return sign | infinity }
    let magnitude = Double(x.magnitude)
    let exponent = max(Int(magnitude.exponent), leastExponent)
    let places = Double(sign: .plus, exponent: significandBits - exponent, significand: magnitude)
      .rounded(.toNearestOrEven)
    let bits = (exponent - leastExponent) << significandBits + Int(places)
    return sign | UInt16(min(bits, Int(infinity)))
  }
}
