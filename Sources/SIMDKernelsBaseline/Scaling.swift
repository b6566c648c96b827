/// `x ← x · s` with `s` by lane.
@Sendable
func scaleVertical(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ s: UnsafePointer<Float>
) {
  for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
    let factor = Vector(at: s + lane)
    // Most rescalings of an online softmax are by 1: their row has seen its maximum.
    if all(factor .== 1) { continue }
    var p = x + lane
    for _ in 0..<lines {
      (Vector(at: p) * factor).store(at: p)
      p += stride
    }
  }
}

/// `x ← x · s` with `s` by line.
@Sendable
func scaleHorizontal(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ s: UnsafePointer<Float>
) {
  for line in 0..<lines {
    let factor = Vector(repeating: s[line])
    for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
      let p = x + line * stride + lane
      (Vector(at: p) * factor).store(at: p)
    }
  }
}
