internal import VectorShims

/// Steps x ← x·½ + ½ of independent running values, and nothing else: as many multiplications and
/// additions as this instruction set does in a second.
///
/// A core starts two fused operations a cycle and takes four for each, or somewhat less or more of
/// either: with eight values and more none waits for its own last step. Those here fill the
/// registers that the two operands leave over.
@Sendable
func fusedPeak(_ steps: Int, _ result: UnsafeMutablePointer<Float>) -> Int {
  #if SIMD_AVX512
    result.pointee = stepped16x24(steps)[0]
    return 2 * steps * 24 * Vector.lanes
  #elseif SIMD_AVX2
    result.pointee = stepped8x12(steps)[0]
    return 2 * steps * 12 * Vector.lanes
  #elseif arch(arm64)
    result.pointee = stepped4x24(steps)[0]
    return 2 * steps * 24 * Vector.lanes
  #else
    result.pointee = stepped4x12(steps)[0]
    return 2 * steps * 12 * Vector.lanes
  #endif
}
