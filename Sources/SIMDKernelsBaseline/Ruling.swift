// Ruling elements out: −∞ where a mask does not let a query see a key.

/// `x[k][lane] ← −∞` where k < lower or k ≥ upper, with bounds by lane.
@Sendable
func keepVertical(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ lower: UnsafePointer<Float>, _ upper: UnsafePointer<Float>
) {
  let ruledOut = Vector(repeating: -.infinity)
  for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
    let low = Vector(at: lower + lane)
    let high = Vector(at: upper + lane)
    var p = x + lane
    for line in 0..<lines {
      let k = Vector(repeating: Float(line))
      Vector(at: p)
        .replacing(with: ruledOut, where: k .< low)
        .replacing(with: ruledOut, where: k .>= high)
        .store(at: p)
      p += stride
    }
  }
}

/// `x[k][lane] ← −∞` where lower ≤ k < upper, with bounds by lane.
@Sendable
func dropVertical(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ lower: UnsafePointer<Float>, _ upper: UnsafePointer<Float>
) {
  let ruledOut = Vector(repeating: -.infinity)
  for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
    let low = Vector(at: lower + lane)
    let high = Vector(at: upper + lane)
    var p = x + lane
    for line in 0..<lines {
      let k = Vector(repeating: Float(line))
      let old = Vector(at: p)
      old.replacing(with: ruledOut.replacing(with: old, where: k .>= high), where: k .>= low)
        .store(at: p)
      p += stride
    }
  }
}

/// `x[line][k] ← −∞` where k < lower or k ≥ upper, with bounds by line.
@Sendable
func keepHorizontal(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ lower: UnsafePointer<Float>, _ upper: UnsafePointer<Float>
) {
  for line in 0..<lines {
    let low = min(max(Int(lower[line]), 0), lanes)
    let high = min(max(Int(upper[line]), low), lanes)
    (x + line * stride).update(repeating: -.infinity, count: low)
    (x + line * stride + high).update(repeating: -.infinity, count: lanes - high)
  }
}

/// `x[line][k] ← −∞` where lower ≤ k < upper, with bounds by line.
@Sendable
func dropHorizontal(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ lower: UnsafePointer<Float>, _ upper: UnsafePointer<Float>
) {
  for line in 0..<lines {
    let low = min(max(Int(lower[line]), 0), lanes)
    let high = min(max(Int(upper[line]), low), lanes)
    (x + line * stride + low).update(repeating: -.infinity, count: high - low)
  }
}
