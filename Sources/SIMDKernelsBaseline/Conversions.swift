internal import VectorShims

// Floats and the smaller elements that tensors may have, with no more read or written than counted.

/// The floats of halves.
@Sendable
func widenHalf(
  _ source: UnsafePointer<UInt16>, _ count: Int, _ target: UnsafeMutablePointer<Float>
) {
  convert(source, count, target) { (halves: ShortVector) -> Vector in
    #if SIMD_AVX512
      widenHalf16(halves)
    #elseif SIMD_AVX2
      widenHalf8(halves)
    #else
      widenHalf4(halves)
    #endif
  }
}

/// The floats of bfloats.
@Sendable
func widenBFloat(
  _ source: UnsafePointer<UInt16>, _ count: Int, _ target: UnsafeMutablePointer<Float>
) {
  convert(source, count, target) { (bfloats: ShortVector) -> Vector in
    #if SIMD_AVX512
      widenBFloat16(bfloats)
    #elseif SIMD_AVX2
      widenBFloat8(bfloats)
    #else
      widenBFloat4(bfloats)
    #endif
  }
}

/// 1 where a byte is not 0, and 0 elsewhere.
@Sendable
func widenBool(
  _ source: UnsafePointer<UInt8>, _ count: Int, _ target: UnsafeMutablePointer<Float>
) {
  convert(source, count, target) { (bytes: ByteVector) -> Vector in
    #if SIMD_AVX512
      widenBool16(bytes)
    #elseif SIMD_AVX2
      widenBool8(bytes)
    #else
      widenBool4(bytes)
    #endif
  }
}

/// The halves nearest to floats.
@Sendable
func narrowHalf(
  _ source: UnsafePointer<Float>, _ count: Int, _ target: UnsafeMutablePointer<UInt16>
) {
  convert(source, count, target) { (floats: Vector) -> ShortVector in
    #if SIMD_AVX512
      narrowHalf16(floats)
    #elseif SIMD_AVX2
      narrowHalf8(floats)
    #else
      narrowHalf4(floats)
    #endif
  }
}

/// The bfloats nearest to floats.
@Sendable
func narrowBFloat(
  _ source: UnsafePointer<Float>, _ count: Int, _ target: UnsafeMutablePointer<UInt16>
) {
  convert(source, count, target) { (floats: Vector) -> ShortVector in
    #if SIMD_AVX512
      narrowBFloat16(floats)
    #elseif SIMD_AVX2
      narrowBFloat8(floats)
    #else
      narrowBFloat4(floats)
    #endif
  }
}

/// 1 where a float is not 0, and 0 elsewhere.
@Sendable
func narrowBool(
  _ source: UnsafePointer<Float>, _ count: Int, _ target: UnsafeMutablePointer<UInt8>
) {
  convert(source, count, target) { (floats: Vector) -> ByteVector in
    #if SIMD_AVX512
      narrowBool16(floats)
    #elseif SIMD_AVX2
      narrowBool8(floats)
    #else
      narrowBool4(floats)
    #endif
  }
}

#if SIMD_AVX512
  private typealias ShortVector = SIMD16<UInt16>
  private typealias ByteVector = SIMD16<UInt8>
#elseif SIMD_AVX2
  private typealias ShortVector = SIMD8<UInt16>
  private typealias ByteVector = SIMD8<UInt8>
#else
  private typealias ShortVector = SIMD4<UInt16>
  private typealias ByteVector = SIMD4<UInt8>
#endif

/// Converts whole vectors of elements, and the last elements in a vector of their own.
@inline(__always)
private func convert<Source: SIMD & BitwiseCopyable, Target: SIMD & BitwiseCopyable>(
  _ source: UnsafePointer<Source.Scalar>, _ count: Int,
  _ target: UnsafeMutablePointer<Target.Scalar>, _ converted: (Source) -> Target
) {
  let source = UnsafeRawPointer(source)
  let target = UnsafeMutableRawPointer(target)
  let (sourceSize, targetSize) = (MemoryLayout<Source>.size, MemoryLayout<Target>.size)
  let vectors = count / Vector.lanes
  for i in 0..<vectors {
    let vector = source.loadUnaligned(fromByteOffset: i * sourceSize, as: Source.self)
    target.storeBytes(of: converted(vector), toByteOffset: i * targetSize, as: Target.self)
  }
  let rest = count % Vector.lanes
  guard rest > 0 else { return }
  var last = Source()
  withUnsafeMutableBytes(of: &last) {
    $0.baseAddress.unsafelyUnwrapped.copyMemory(
      from: source + vectors * sourceSize, byteCount: rest * MemoryLayout<Source.Scalar>.size)
  }
  withUnsafeBytes(of: converted(last)) {
    (target + vectors * targetSize).copyMemory(
      from: $0.baseAddress.unsafelyUnwrapped, byteCount: rest * MemoryLayout<Target.Scalar>.size)
  }
}
