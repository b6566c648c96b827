import KernelInterface
import SIMDKernels
import Testing

@Suite("Kernels.fusedPeak")
struct FusedPeakTests {
  /// Values are in registers that the baseline, AVX2, AVX-512 and NEON have 16 or 32 of.
  private func values(_ set: InstructionSet) -> Int {
    switch set {
    case .baseline, .avx2: 12
    case .avx512, .neon: 24
    }
  }

  private func lanes(_ set: InstructionSet) -> Int {
    switch set {
    case .baseline, .neon: 4
    case .avx2: 8
    case .avx512: 16
    }
  }

  @Test("does every step of every value, and says how many", arguments: InstructionSet.available)
  func steps(set: InstructionSet) {
    // Every number on the way is a float up to step 11.
    for steps in 0...11 {
      var sum: Float = .nan
      let operations = set.kernels.fusedPeak(steps, &sum)
      let count = values(set)
      #expect(operations == 2 * steps * count * lanes(set))
      #expect(sum == Float(count) + Float(count * (count + 1) / 2) / Float(1 << steps))
    }
  }
}
