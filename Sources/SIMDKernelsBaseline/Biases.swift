// What a matrix of biases, or of places that count, does to scores and weights.

/// `x ← x + y`.
@Sendable
func add(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ y: UnsafePointer<Float>, _ yStride: Int
) {
  for line in 0..<lines {
    for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
      let p = x + line * stride + lane
      (Vector(at: p) + Vector(at: y + line * yStride + lane)).store(at: p)
    }
  }
}

/// `x ← x − y`.
@Sendable
func subtract(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ y: UnsafePointer<Float>, _ yStride: Int
) {
  for line in 0..<lines {
    for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
      let p = x + line * stride + lane
      (Vector(at: p) - Vector(at: y + line * yStride + lane)).store(at: p)
    }
  }
}

/// `x ← −∞` where y is 0.
@Sendable
func ruleOut(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ y: UnsafePointer<Float>, _ yStride: Int
) {
  let ruledOut = Vector(repeating: -.infinity)
  for line in 0..<lines {
    for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
      let p = x + line * stride + lane
      Vector(at: p)
        .replacing(with: ruledOut, where: Vector(at: y + line * yStride + lane) .== 0)
        .store(at: p)
    }
  }
}

/// `x ← x · s` where y is not 0, and 0 elsewhere.
@Sendable
func scaleWhere(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ y: UnsafePointer<Float>, _ yStride: Int, _ s: Float
) {
  let factor = Vector(repeating: s)
  for line in 0..<lines {
    for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
      let p = x + line * stride + lane
      (Vector(at: p) * factor)
        .replacing(with: Vector.zero, where: Vector(at: y + line * yStride + lane) .== 0)
        .store(at: p)
    }
  }
}
