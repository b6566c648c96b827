#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Standard normal numbers from a seed: SplitMix64, and Marsaglia's polar method.
struct NormalGenerator {
  private var state: UInt64
  private var spare: Float?

  init(seed: UInt64) { state = seed }

  mutating func next() -> Float {
    if let spare {
      self.spare = nil
      return spare
    }
    while true {
      let x = uniform()
      let y = uniform()
      let s = x * x + y * y
      if s > 0 && s < 1 {
        let factor = (-2 * log(s) / s).squareRoot()
        spare = Float(y * factor)
        return Float(x * factor)
      }
    }
  }

  /// A uniform number in [−1, 1).
  private mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Double(z >> 11) * 0x1p-52 - 1
  }
}
