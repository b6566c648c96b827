import KernelInterface
import SIMDKernels
import Testing

@Suite("An instruction set")
struct InstructionSetTests {
  @Test("is the best where it is the widest that the CPU runs")
  func best() {
    #expect(InstructionSet.best.isAvailable)
    #expect(InstructionSet.best == InstructionSet.available.last)
  }

  @Test("is listed if available, narrower ones first")
  func available() {
    #expect(InstructionSet.available == InstructionSet.allCases.filter(\.isAvailable))
    #expect(!InstructionSet.available.isEmpty)
    #if arch(x86_64)
      // What runs AVX-512 runs AVX2, and that the baseline.
      #expect([.baseline, .avx2, .avx512].starts(with: InstructionSet.available))
    #endif
  }

  @Test("belongs to one architecture")
  func architecture() {
    #if arch(x86_64)
      #expect(InstructionSet.baseline.isAvailable)
      #expect(!InstructionSet.neon.isAvailable)
    #elseif arch(arm64)
      #expect(InstructionSet.available == [.neon])
    #endif
  }

  @Test("has no kernels where the CPU does not run it")
  func unavailable() async {
    #if arch(x86_64)
      await #expect(processExitsWith: .failure) { _ = InstructionSet.neon.kernels }
    #elseif arch(arm64)
      await #expect(processExitsWith: .failure) { _ = InstructionSet.avx2.kernels }
    #endif
  }

  @Test("is named as on the command line")
  func names() {
    #expect(InstructionSet.allCases.map(\.rawValue) == ["baseline", "avx2", "avx512", "neon"])
  }
}
