// Vertical reductions keep four lines in flight: one running value would wait for the latency of
// its own last step. The order of the additions depends on the shape alone.

/// The greatest element of each lane; −∞ where there are no lines. NaN is passed over.
@Sendable
func maximumVertical(
  _ x: UnsafePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ result: UnsafeMutablePointer<Float>
) {
  reduceVertical(
    x, lines, lanes, stride, result, from: Vector(repeating: -.infinity)
  ) { $0.greater($1) }
}

/// The sum of each lane.
@Sendable
func sumVertical(
  _ x: UnsafePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ result: UnsafeMutablePointer<Float>
) {
  reduceVertical(x, lines, lanes, stride, result, from: Vector()) { $0 + $1 }
}

/// The greatest element of each line. NaN is passed over.
@Sendable
func maximumHorizontal(
  _ x: UnsafePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ result: UnsafeMutablePointer<Float>
) {
  for line in 0..<lines {
    result[line] =
      reduceHorizontal(x + line * stride, lanes, from: -.infinity) { $0.greater($1) }.greatest
  }
}

/// The sum of each line.
@Sendable
func sumHorizontal(
  _ x: UnsafePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ result: UnsafeMutablePointer<Float>
) {
  for line in 0..<lines {
    result[line] = reduceHorizontal(x + line * stride, lanes, from: 0) { $0 + $1 }.total
  }
}

@inline(__always)
private func reduceVertical(
  _ x: UnsafePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ result: UnsafeMutablePointer<Float>, from identity: Vector,
  _ combine: (Vector, Vector) -> Vector
) {
  for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
    var p = x + lane
    var r0 = identity
    var r1 = identity
    var r2 = identity
    var r3 = identity
    var line = 0
    while line + 4 <= lines {
      r0 = combine(r0, Vector(at: p))
      r1 = combine(r1, Vector(at: p + stride))
      r2 = combine(r2, Vector(at: p + 2 * stride))
      r3 = combine(r3, Vector(at: p + 3 * stride))
      p += 4 * stride
      line += 4
    }
    while line < lines {
      r0 = combine(r0, Vector(at: p))
      p += stride
      line += 1
    }
    combine(combine(r0, r1), combine(r2, r3)).store(at: result + lane)
  }
}

/// The lanes of one line folded into a vector; the padding of the last vector counts as `identity`.
@inline(__always)
private func reduceHorizontal(
  _ x: UnsafePointer<Float>, _ lanes: Int, from identity: Float,
  _ combine: (Vector, Vector) -> Vector
) -> Vector {
  var r0 = Vector(repeating: identity)
  var r1 = r0
  var lane = 0
  while lane + 2 * Vector.lanes <= lanes {
    r0 = combine(r0, Vector(at: x + lane))
    r1 = combine(r1, Vector(at: x + lane + Vector.lanes))
    lane += 2 * Vector.lanes
  }
  while lane < lanes {
    r0 = combine(r0, Vector(at: x + lane).prefix(lanes - lane, filler: identity))
    lane += Vector.lanes
  }
  return combine(r0, r1)
}
