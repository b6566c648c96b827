import KernelInterface
internal import VectorShims

/// `c[line][lane] ← (c[line][lane] +) scale · Σₖ a[line][k] · b[lane][k]`, where both operands lie along
/// the terms of the sums: for a few lines, where it does not pay to turn `b`.
///
/// `b` may come from memory, which is read fastest from the first element to the last: so lane by lane,
/// with a vector of partial sums for each of four lines, that are folded together at its end. Rows of
/// `a` stay in the L1 cache.
@Sendable
func dotProduct(
  _ shape: ProductShape, _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>,
  _ bStride: Int, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ scale: Float,
  _ accumulates: Bool
) {
  let dots = DotProducts(
    depth: shape.depth, a: a, aStride: aStride, b: b, bStride: bStride, c: c, cStride: cStride,
    scale: scale, accumulates: accumulates)
  // More lines than four go past some lanes together, which then come from the L1 cache.
  let count = shape.lines <= 4 ? shape.lanes : 16
  for first in stride(from: 0, to: shape.lanes, by: max(count, 1)) {
    let lanes = first..<min(first + count, shape.lanes)
    for line in stride(from: 0, to: shape.lines, by: 4) {
      switch shape.lines - line {
      case 1: dots.compute(line, Lines<1>(), lanes)
      case 2: dots.compute(line, Lines<2>(), lanes)
      case 3: dots.compute(line, Lines<3>(), lanes)
      default: dots.compute(line, Lines<4>(), lanes)
      }
    }
  }
}

/// A number of lines, as a type.
private struct Lines<let count: Int> {}

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

  /// `height` lines × some lanes.
  @inline(__always)
  func compute<let height: Int>(_ line: Int, _ lines: Lines<height>, _ lanes: Range<Int>) {
    let a = self.a + line * aStride
    let whole = depth / Vector.lanes * Vector.lanes
    for lane in lanes {
      let b = self.b + lane * bStride
      var sums = InlineArray<4, Vector>(repeating: Vector())
      var k = 0
      while k < whole {
        let v = Vector(at: b + k)
        for l in 0..<height {
          sums[unchecked: l] = sums[unchecked: l].adding(Vector(at: a + l * aStride + k), times: v)
        }
        k += Vector.lanes
      }
      var totals = folded(
        sums[unchecked: 0], sums[unchecked: 1], sums[unchecked: 2], sums[unchecked: 3])
      // What is left of the terms is less than a vector, and what follows it is not ours.
      while k < depth {
        for l in 0..<height { totals[l] += a[l * aStride + k] * b[k] }
        k += 1
      }
      totals *= scale
      for l in 0..<height {
        let target = c + (line + l) * cStride + lane
        target.pointee = accumulates ? target.pointee + totals[l] : totals[l]
      }
    }
  }
}

/// The sums of four vectors.
@inline(__always)
private func folded(_ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector) -> SIMD4<Float> {
  #if SIMD_AVX512
    let quarters = folded16(a, b, c, d)
    let halves = quarters.lowHalf + quarters.highHalf
    return halves.lowHalf + halves.highHalf
  #elseif SIMD_AVX2
    let halves = folded8(a, b, c, d)
    return halves.lowHalf + halves.highHalf
  #else
    return folded4(a, b, c, d)
  #endif
}
