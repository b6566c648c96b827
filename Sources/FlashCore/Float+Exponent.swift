#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension Float {
  /// 2ˣ.
  static func exponent2(_ x: Float) -> Float { exp2f(x) }
}
