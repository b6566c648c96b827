// Maps that the backward pass needs, besides those of the forward pass.

/// `x ← x · y`.
@Sendable
func multiply(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ y: UnsafePointer<Float>
) {
  for line in 0..<lines {
    for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
      let place = line * stride + lane
      (Vector(at: x + place) * Vector(at: y + place)).store(at: x + place)
    }
  }
}

/// `x ← x − v` with `v` by lane.
@Sendable
func subtractVertical(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ v: UnsafePointer<Float>
) {
  for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
    let subtrahend = Vector(at: v + lane)
    var p = x + lane
    for _ in 0..<lines {
      (Vector(at: p) - subtrahend).store(at: p)
      p += stride
    }
  }
}

/// `x ← x − v` with `v` by line.
@Sendable
func subtractHorizontal(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ v: UnsafePointer<Float>
) {
  for line in 0..<lines {
    let subtrahend = Vector(repeating: v[line])
    for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
      let p = x + line * stride + lane
      (Vector(at: p) - subtrahend).store(at: p)
    }
  }
}

/// `x ← p · (x − d)` with `d` by lane.
@Sendable
func softmaxGradientVertical(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ p: UnsafePointer<Float>, _ d: UnsafePointer<Float>
) {
  for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
    let subtrahend = Vector(at: d + lane)
    var place = lane
    for _ in 0..<lines {
      (Vector(at: p + place) * (Vector(at: x + place) - subtrahend)).store(at: x + place)
      place += stride
    }
  }
}

/// `x ← p · (x − d)` with `d` by line.
@Sendable
func softmaxGradientHorizontal(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ p: UnsafePointer<Float>, _ d: UnsafePointer<Float>
) {
  for line in 0..<lines {
    let subtrahend = Vector(repeating: d[line])
    for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
      let place = line * stride + lane
      (Vector(at: p + place) * (Vector(at: x + place) - subtrahend)).store(at: x + place)
    }
  }
}
