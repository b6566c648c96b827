// What a matrix of biases, or of places that may be seen, does to scores.

/// `x ← x + y`.
@Sendable
func add(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ y: UnsafePointer<Float>
) {
  for line in 0..<lines {
    for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
      let place = line * stride + lane
      (Vector(at: x + place) + Vector(at: y + place)).store(at: x + place)
    }
  }
}

/// `x ← x − y`.
@Sendable
func subtract(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ y: UnsafePointer<Float>
) {
  for line in 0..<lines {
    for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
      let place = line * stride + lane
      (Vector(at: x + place) - Vector(at: y + place)).store(at: x + place)
    }
  }
}

/// `x ← −∞` where y is 0.
@Sendable
func ruleOut(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ y: UnsafePointer<Float>
) {
  let ruledOut = Vector(repeating: -.infinity)
  for line in 0..<lines {
    for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
      let place = line * stride + lane
      Vector(at: x + place)
        .replacing(with: ruledOut, where: Vector(at: y + place) .== 0)
        .store(at: x + place)
    }
  }
}
