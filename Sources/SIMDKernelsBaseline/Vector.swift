// One text, built once per instruction set: a folder of the other builds is a link to this one.
// The flags of each build (Package.swift) decide what `Vector` is and which instructions serve it.
//
// Nothing here may be visible to another module but the table in Table.swift, and nothing generic
// may stay uninlined: the linker keeps one copy of a shared symbol, and it might be the AVX-512 one.

internal import VectorShims

#if SIMD_AVX512
  typealias Vector = SIMD16<Float>
  /// Register tiles of up to 3 vectors: 3 × 8 accumulators, 3 operands and a broadcast fill 28 of 32.
  let widestPanel = 3
#elseif SIMD_AVX2
  typealias Vector = SIMD8<Float>
  /// 2 × 6 accumulators, 2 operands and a broadcast fill 15 of 16 registers.
  let widestPanel = 2
#elseif arch(arm64)
  typealias Vector = SIMD4<Float>
  /// 4 × 6 accumulators, 4 operands and a broadcast fill 29 of 32 registers.
  let widestPanel = 4
#else
  typealias Vector = SIMD4<Float>
  /// 2 × 4 accumulators, 2 operands, a broadcast and a product fill 12 of 16 registers.
  let widestPanel = 2
#endif

/// The vector of integers with as many lanes.
typealias IntegerVector = Vector.MaskStorage

/// The vector of unsigned integers with as many lanes.
#if SIMD_AVX512
  typealias WordVector = SIMD16<UInt32>
#elseif SIMD_AVX2
  typealias WordVector = SIMD8<UInt32>
#else
  typealias WordVector = SIMD4<UInt32>
#endif

extension Vector {
  /// The lanes of a vector.
  @inline(__always)
  static var lanes: Int { Vector.scalarCount }

  /// The vector at `pointer`, which needs no alignment.
  @inline(__always)
  init(at pointer: UnsafePointer<Float>) {
    self = UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
  }

  /// Stores this vector at `pointer`, which needs no alignment.
  @inline(__always)
  func store(at pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Vector.self)
  }

  /// `a · b + self`, fused where the instruction set can.
  @inline(__always)
  func adding(_ a: Vector, times b: Vector) -> Vector {
    #if SIMD_AVX512
      fused16(a, b, self)
    #elseif SIMD_AVX2
      fused8(a, b, self)
    #elseif arch(arm64)
      fused4(a, b, self)
    #else
      self + a * b
    #endif
  }

  /// The absolute values.
  @inline(__always)
  var magnitude: Vector {
    #if SIMD_AVX512
      magnitude16(self)
    #elseif SIMD_AVX2
      magnitude8(self)
    #else
      magnitude4(self)
    #endif
  }

  /// The absolute values, with the signs of another vector.
  @inline(__always)
  func withSigns(of other: Vector) -> Vector {
    #if SIMD_AVX512
      signed16(self, other)
    #elseif SIMD_AVX2
      signed8(self, other)
    #else
      signed4(self, other)
    #endif
  }

  /// The bits, 23 places up.
  ///
  /// `&<<` on vectors is sixteen scalar shifts to the compiler.
  @inline(__always)
  var raised: Vector {
    #if SIMD_AVX512
      raised16(self)
    #elseif SIMD_AVX2
      raised8(self)
    #else
      raised4(self)
    #endif
  }

  /// `self` where a word is below the threshold, and 0 elsewhere.
  @inline(__always)
  func kept(where words: WordVector, areBelow threshold: UInt32) -> Vector {
    #if SIMD_AVX512
      where16(words, threshold, self)
    #elseif SIMD_AVX2
      where8(words, threshold, self)
    #else
      where4(words, threshold, self)
    #endif
  }

  /// The lane-by-lane greater of two vectors; `self` where `other` is NaN.
  ///
  /// `pointwiseMax` would be an out-of-line loop over the lanes; this is one `maxps`.
  @inline(__always)
  func greater(_ other: Vector) -> Vector {
    replacing(with: other, where: other .> self)
  }

  /// 0, 1, 2, …
  @inline(__always)
  init(ramp: Void) {
    self.init()
    for lane in 0..<Vector.lanes { self[lane] = Float(lane) }
  }

  /// `self` in the first `count` lanes and `filler` in the others.
  @inline(__always)
  func prefix(_ count: Int, filler: Float) -> Vector {
    let index = IntegerVector(ramp: ())
    return replacing(
      with: Vector(repeating: filler),
      where: index .>= IntegerVector(repeating: IntegerVector.Scalar(truncatingIfNeeded: count)))
  }

  /// The greatest lane.
  @inline(__always)
  var greatest: Float {
    var result = self[0]
    for lane in 1..<Vector.lanes where self[lane] > result { result = self[lane] }
    return result
  }

  /// The sum of the lanes, by halves.
  @inline(__always)
  var total: Float {
    #if SIMD_AVX512
      let eight = lowHalf + highHalf
      let four = eight.lowHalf + eight.highHalf
    #elseif SIMD_AVX2
      let four = lowHalf + highHalf
    #else
      let four = self
    #endif
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }
}

extension IntegerVector {
  /// 0, 1, 2, …
  @inline(__always)
  init(ramp: Void) {
    self.init()
    for lane in 0..<Self.scalarCount { self[lane] = Scalar(truncatingIfNeeded: lane) }
  }
}
