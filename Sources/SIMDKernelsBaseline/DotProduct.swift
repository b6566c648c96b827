import KernelInterface

#if SIMD_AVX512
  /// 4 × 4 accumulators and 8 operands fill 24 of 32 registers.
  private typealias Together = Lines<4>
#else
  /// 2 × 4 accumulators and 6 operands fill 14 of 16 registers.
  private typealias Together = Lines<2>
#endif

/// `c[line][lane] ← (c[line][lane] +) scale · Σₖ a[line][k] · b[lane][k]`, where both operands lie along
/// the terms of the sums: for a few lines, where it does not pay to turn `b`.
///
/// Four lanes at a time: each keeps a vector of partial sums a line, and the four are folded together.
@Sendable
func dotProduct(
  _ shape: ProductShape, _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>,
  _ bStride: Int, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ scale: Float,
  _ accumulates: Bool
) {
  let dots = DotProducts(
    depth: shape.depth, a: a, aStride: aStride, b: b, bStride: bStride, c: c, cStride: cStride,
    scale: scale, accumulates: accumulates)
  for lane in stride(from: 0, to: shape.lanes, by: 4) {
    let count = min(4, shape.lanes - lane)
    var line = 0
    while line + Together.lines <= shape.lines {
      dots.compute(line, Together(), lane, count)
      line += Together.lines
    }
    while line < shape.lines {
      dots.compute(line, Lines<1>(), lane, count)
      line += 1
    }
  }
}

/// A number of lines, as a type.
private struct Lines<let count: Int> {
  static var lines: Int { count }
}

/// What dot products are of.
private struct DotProducts {
  let depth: Int
  let a: UnsafePointer<Float>
  let aStride: Int
  let b: UnsafePointer<Float>
  let bStride: Int
  let c: UnsafeMutablePointer<Float>
  let cStride: Int
  let scale: Float
  let accumulates: Bool

  /// `height` lines × 4 lanes, of which `count` are stored.
  @inline(__always)
  func compute<let height: Int>(_ line: Int, _ lines: Lines<height>, _ lane: Int, _ count: Int) {
    var sums = InlineArray<height, InlineArray<4, Vector>>(
      repeating: InlineArray<4, Vector>(repeating: Vector()))
    // The lanes beyond the last stand for the last.
    let b0 = b + lane * bStride
    let b1 = b0 + min(1, count - 1) * bStride
    let b2 = b0 + min(2, count - 1) * bStride
    let b3 = b0 + min(3, count - 1) * bStride
    let a = self.a + line * aStride
    let whole = depth / Vector.lanes * Vector.lanes
    for k in Swift.stride(from: 0, to: whole, by: Vector.lanes) {
      let (v0, v1) = (Vector(at: b0 + k), Vector(at: b1 + k))
      let (v2, v3) = (Vector(at: b2 + k), Vector(at: b3 + k))
      for l in 0..<height {
        let u = Vector(at: a + l * aStride + k)
        sums[unchecked: l][unchecked: 0] = sums[unchecked: l][unchecked: 0].adding(u, times: v0)
        sums[unchecked: l][unchecked: 1] = sums[unchecked: l][unchecked: 1].adding(u, times: v1)
        sums[unchecked: l][unchecked: 2] = sums[unchecked: l][unchecked: 2].adding(u, times: v2)
        sums[unchecked: l][unchecked: 3] = sums[unchecked: l][unchecked: 3].adding(u, times: v3)
      }
    }
    for l in 0..<height {
      var result = folded(
        sums[unchecked: l][unchecked: 0], sums[unchecked: l][unchecked: 1],
        sums[unchecked: l][unchecked: 2], sums[unchecked: l][unchecked: 3])
      // What is left of the terms is less than a vector, and what follows it is not ours.
      for k in whole..<depth {
        result += a[l * aStride + k] * SIMD4(b0[k], b1[k], b2[k], b3[k])
      }
      result *= scale
      let target = c + (line + l) * cStride + lane
      for i in 0..<count { target[i] = accumulates ? target[i] + result[i] : result[i] }
    }
  }
}

/// The sums of four vectors.
@inline(__always)
private func folded(_ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector) -> SIMD4<Float> {
  let (a, b, c, d) = (a.quarter, b.quarter, c.quarter, d.quarter)
  return (SIMD4(a.x, b.x, c.x, d.x) + SIMD4(a.y, b.y, c.y, d.y))
    + (SIMD4(a.z, b.z, c.z, d.z) + SIMD4(a.w, b.w, c.w, d.w))
}

extension Vector {
  /// Four lanes with the sum of all.
  @inline(__always)
  fileprivate var quarter: SIMD4<Float> {
    #if SIMD_AVX512
      let eight = lowHalf + highHalf
      return eight.lowHalf + eight.highHalf
    #elseif SIMD_AVX2
      return lowHalf + highHalf
    #else
      return self
    #endif
  }
}
