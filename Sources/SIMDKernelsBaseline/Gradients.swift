// Maps that the backward pass needs, besides those of the forward pass.

/// `x ← p · (x − d)` with `d` by lane.
@Sendable
func softmaxGradientVertical(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ p: UnsafePointer<Float>, _ pStride: Int, _ d: UnsafePointer<Float>
) {
  for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
    let subtrahend = Vector(at: d + lane)
    var (from, to) = (p + lane, x + lane)
    for _ in 0..<lines {
      (Vector(at: from) * (Vector(at: to) - subtrahend)).store(at: to)
      from += pStride
      to += stride
    }
  }
}

/// `x ← p · (x − d)` with `d` by line.
@Sendable
func softmaxGradientHorizontal(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ p: UnsafePointer<Float>, _ pStride: Int, _ d: UnsafePointer<Float>
) {
  for line in 0..<lines {
    let subtrahend = Vector(repeating: d[line])
    for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
      let to = x + line * stride + lane
      (Vector(at: p + line * pStride + lane) * (Vector(at: to) - subtrahend)).store(at: to)
    }
  }
}
