// Vertical reductions keep four lines in flight: one running value would wait for the latency of
// its own last step. The order of the additions depends on the shape alone.

/// The greatest element of each lane; −∞ where there are no lines. NaN is passed over.
@Sendable
func maximumVertical(
  _ x: UnsafePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ result: UnsafeMutablePointer<Float>
) {
  reduceVertical(
    lines, lanes, result, from: Vector(repeating: -.infinity),
    { Vector(at: x + $0 * stride + $1) }, { $0.greater($1) })
}

/// The sum of each lane.
@Sendable
func sumVertical(
  _ x: UnsafePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ result: UnsafeMutablePointer<Float>
) {
  reduceVertical(
    lines, lanes, result, from: Vector(), { Vector(at: x + $0 * stride + $1) }, { $0 + $1 })
}

/// `Σ a · b` of each lane.
@Sendable
func productSumVertical(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ lines: Int, _ lanes: Int,
  _ aStride: Int, _ bStride: Int, _ result: UnsafeMutablePointer<Float>
) {
  reduceVertical(
    lines, lanes, result, from: Vector(),
    { Vector(at: a + $0 * aStride + $1) * Vector(at: b + $0 * bStride + $1) }, { $0 + $1 })
}

/// The greatest element of each line. NaN is passed over.
@Sendable
func maximumHorizontal(
  _ x: UnsafePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ result: UnsafeMutablePointer<Float>
) {
  for line in 0..<lines {
    let p = x + line * stride
    result[line] =
      reduceHorizontal(lanes, from: -.infinity, { Vector(at: p + $0) }, { $0.greater($1) }).greatest
  }
}

/// The sum of each line.
@Sendable
func sumHorizontal(
  _ x: UnsafePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
  _ result: UnsafeMutablePointer<Float>
) {
  for line in 0..<lines {
    let p = x + line * stride
    result[line] = reduceHorizontal(lanes, from: 0, { Vector(at: p + $0) }, { $0 + $1 }).total
  }
}

/// `Σ a · b` of each line.
@Sendable
func productSumHorizontal(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ lines: Int, _ lanes: Int,
  _ aStride: Int, _ bStride: Int, _ result: UnsafeMutablePointer<Float>
) {
  for line in 0..<lines {
    let (p, q) = (a + line * aStride, b + line * bStride)
    result[line] =
      reduceHorizontal(
        lanes, from: 0, { Vector(at: p + $0) * Vector(at: q + $0) }, { $0 + $1 }
      ).total
  }
}

/// `load` gives the vector of a line at a lane.
@inline(__always)
private func reduceVertical(
  _ lines: Int, _ lanes: Int, _ result: UnsafeMutablePointer<Float>,
  from identity: Vector, _ load: (Int, Int) -> Vector, _ combine: (Vector, Vector) -> Vector
) {
  for lane in Swift.stride(from: 0, to: lanes, by: Vector.lanes) {
    var r0 = identity
    var r1 = identity
    var r2 = identity
    var r3 = identity
    var line = 0
    while line + 4 <= lines {
      r0 = combine(r0, load(line, lane))
      r1 = combine(r1, load(line + 1, lane))
      r2 = combine(r2, load(line + 2, lane))
      r3 = combine(r3, load(line + 3, lane))
      line += 4
    }
    while line < lines {
      r0 = combine(r0, load(line, lane))
      line += 1
    }
    combine(combine(r0, r1), combine(r2, r3)).store(at: result + lane)
  }
}

/// The lanes of a line folded into a vector; the padding of the last vector counts as `identity`.
/// `load` gives the vector at a lane.
@inline(__always)
private func reduceHorizontal(
  _ lanes: Int, from identity: Float,
  _ load: (Int) -> Vector, _ combine: (Vector, Vector) -> Vector
) -> Vector {
  var r0 = Vector(repeating: identity)
  var r1 = r0
  var r2 = r0
  var r3 = r0
  var lane = 0
  while lane + 4 * Vector.lanes <= lanes {
    r0 = combine(r0, load(lane))
    r1 = combine(r1, load(lane + Vector.lanes))
    r2 = combine(r2, load(lane + 2 * Vector.lanes))
    r3 = combine(r3, load(lane + 3 * Vector.lanes))
    lane += 4 * Vector.lanes
  }
  while lane < lanes {
    r0 = combine(r0, load(lane).prefix(lanes - lane, filler: identity))
    lane += Vector.lanes
  }
  return combine(combine(r0, r1), combine(r2, r3))
}
