/// `x[k][lane] ← x − slope · |position − k|`, with positions by lane.
@Sendable
func distancesVertical(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ positions: UnsafePointer<Float>, _ slope: Float
) {
  let factor = Vector(repeating: -slope)
  for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
    let position = Vector(at: positions + lane)
    var p = x + lane
    for line in 0..<lines {
      let distance = (position - Vector(repeating: Float(line))).magnitude
      Vector(at: p).adding(distance, times: factor).store(at: p)
      p += stride
    }
  }
}

/// `x[line][k] ← x − slope · |position − k|`, with positions by line.
@Sendable
func distancesHorizontal(
  _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ positions: UnsafePointer<Float>, _ slope: Float
) {
  let factor = Vector(repeating: -slope)
  let ramp = Vector(ramp: ())
  for line in 0..<lines {
    let position = Vector(repeating: positions[line])
    for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
      let p = x + line * stride + lane
      let distance = (position - (ramp + Vector(repeating: Float(lane)))).magnitude
      Vector(at: p).adding(distance, times: factor).store(at: p)
    }
  }
}
