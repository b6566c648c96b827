internal import KernelInterface

extension UnsafePointer<Kernels> {
  /// Reads `count` elements of a type as floats.
  func widen(
    _ source: UnsafeRawPointer, of type: ElementType, count: Int,
    to target: UnsafeMutablePointer<Float>
  ) {
    switch type {
    case .f32:
      target.update(from: source.assumingMemoryBound(to: Float.self), count: count)
    case .f16: pointee.widenHalf(source.assumingMemoryBound(to: UInt16.self), count, target)
    case .bf16: pointee.widenBFloat(source.assumingMemoryBound(to: UInt16.self), count, target)
    case .bool: pointee.widenBool(source.assumingMemoryBound(to: UInt8.self), count, target)
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
    case .f16: pointee.narrowHalf(source, count, target.assumingMemoryBound(to: UInt16.self))
    case .bf16: pointee.narrowBFloat(source, count, target.assumingMemoryBound(to: UInt16.self))
    case .bool: pointee.narrowBool(source, count, target.assumingMemoryBound(to: UInt8.self))
    }
  }
}
