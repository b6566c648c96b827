/// Steps x ← x·½ + ½ of independent running values, and nothing else: as many multiplications and
/// additions as this instruction set does in a second.
///
/// A core starts two fused operations a cycle and takes four for each, or somewhat less or more of
/// either: with eight values and more none waits for its own last step. Those here fill the
/// registers that the two operands leave over.
///
/// Value i begins as i + 2 and is 1 + (i + 1)·2⁻ⁿ after n steps, so that no two values are the same
/// to the compiler, and none is ever subnormal.
@Sendable
func fusedPeak(_ steps: Int, _ result: UnsafeMutablePointer<Float>) -> Int {
  #if SIMD_AVX512 || arch(arm64)
    return step(steps, result, Count<24>())
  #else
    return step(steps, result, Count<12>())
  #endif
}

/// How many values there are, as a type: what names it has it as a constant.
private struct Count<let count: Int> {}

@inline(__always)
private func step<let count: Int>(
  _ steps: Int, _ result: UnsafeMutablePointer<Float>, _: Count<count>
) -> Int {
  var values = InlineArray<count, Vector>(repeating: Vector())
  for i in 0..<count { values[unchecked: i] = Vector(repeating: Float(i + 2)) }
  let half = Vector(repeating: 0.5)
  for _ in 0..<steps {
    for i in 0..<count {
      values[unchecked: i] = half.adding(values[unchecked: i], times: half)
    }
  }
  var sum = Vector()
  for i in 0..<count { sum += values[unchecked: i] }
  result.pointee = sum[0]
  return 2 * steps * count * Vector.lanes
}
