/// A type of input whose numbers are exact in float64.
protocol Widenable: Sendable {
  /// Stores the numbers of `source` from the beginning of `target` on.
  ///
  /// A requirement rather than `Double.init`, so that the loop is over a type known in every build.
  static func widen(
    _ source: UnsafeBufferPointer<Self>, into target: UnsafeMutableBufferPointer<Double>)
}

extension Float: Widenable {
  static func widen(
    _ source: UnsafeBufferPointer<Float>, into target: UnsafeMutableBufferPointer<Double>
  ) {
    precondition(source.count <= target.count, "Numbers beyond their scratch")
    for index in source.indices { unsafe target[index] = Double(source[index]) }
  }
}

extension Double: Widenable {
  static func widen(
    _ source: UnsafeBufferPointer<Double>, into target: UnsafeMutableBufferPointer<Double>
  ) {
    precondition(source.count <= target.count, "Numbers beyond their scratch")
    for index in source.indices { unsafe target[index] = source[index] }
  }
}
