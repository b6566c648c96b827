public import HBMSim

extension ElementType {
  /// A number as it is after it was stored and loaded.
  public func rounded(_ number: Float) -> Float {
    switch self {
    case .f16: return Float(Float16(number))
    case .bf16:
      let bits = number.bitPattern
      return number.isNaN
        ? number : Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16) & 1) & 0xFFFF_0000)
    case .f32, .bool: return number
    }
  }

  /// The greatest relative error of a rounding of a normal number.
  public var roundingError: Double {
    switch self {
    case .f32, .bool: 0x1p-24
    case .f16: 0x1p-11
    case .bf16: 0x1p-8
    }
  }
}
