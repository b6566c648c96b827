internal import KernelInterface

extension Kernels {
  /// Reads `count` elements of a type as floats.
  func widen(
    _ source: UnsafeRawPointer, of type: ElementType, count: Int,
    to target: UnsafeMutablePointer<Float>
  ) {
    switch type {
    case .f32:
      target.update(from: source.assumingMemoryBound(to: Float.self), count: count)
    case .f16: widenHalf(source.assumingMemoryBound(to: UInt16.self), count, target)
    case .bf16: widenBFloat(source.assumingMemoryBound(to: UInt16.self), count, target)
    case .bool: widenBool(source.assumingMemoryBound(to: UInt8.self), count, target)
    }
  }

  /// Writes `count` floats as elements of a type, rounded to nearest, ties to even; as truth
  /// values, what is not 0 is true.
  func narrow(
    _ source: UnsafePointer<Float>, count: Int, to target: UnsafeMutableRawPointer,
    of type: ElementType
  ) {
    switch type {
    case .f32:
      target.assumingMemoryBound(to: Float.self).update(from: source, count: count)
    case .f16: narrowHalf(source, count, target.assumingMemoryBound(to: UInt16.self))
    case .bf16: narrowBFloat(source, count, target.assumingMemoryBound(to: UInt16.self))
    case .bool: narrowBool(source, count, target.assumingMemoryBound(to: UInt8.self))
    }
  }
}
