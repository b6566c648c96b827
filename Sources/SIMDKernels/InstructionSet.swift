internal import CPUFeatures
public import KernelInterface
internal import SIMDKernelsBaseline

#if arch(x86_64)
  internal import SIMDKernelsAVX2
  internal import SIMDKernelsAVX512
#endif

/// An instruction set that the kernels are built for.
public enum InstructionSet: String, Sendable, CaseIterable {
  /// What every CPU of the architecture has: SSE2 on x86-64.
  case baseline
  /// x86-64 with AVX2, FMA and F16C.
  case avx2
  /// x86-64 with AVX-512 F, VL, DQ and BW.
  case avx512
  /// arm64, where it is the baseline.
  case neon

  /// Whether this CPU runs it.
  public var isAvailable: Bool {
    #if arch(arm64)
      self == .neon
    #else
      switch self {
      case .baseline: true
      case .avx2: cpu_has_avx2()
      case .avx512: cpu_has_avx512()
      case .neon: false
      }
    #endif
  }

  /// Those that this CPU runs, the widest last.
  public static var available: [InstructionSet] { allCases.filter(\.isAvailable) }

  /// The widest that this CPU runs.
  public static let best = available.last!

  /// Where the kernels built for it lie, for as long as the process runs. Taking one from there copies
  /// that one; a copy of the table copies, and counts a reference to, every function.
  ///
  /// - Precondition: It is available.
  public var kernelTable: UnsafePointer<Kernels> {
    precondition(isAvailable, "Instruction set unavailable")
    return Self.kernelTables[self]!
  }

  nonisolated(unsafe) private static let kernelTables = Dictionary(
    uniqueKeysWithValues: available.map { set in
      let table = UnsafeMutablePointer<Kernels>.allocate(capacity: 1)
      table.initialize(to: set.kernels)
      return (set, UnsafePointer(table))
    })

  /// The kernels built for it.
  ///
  /// - Precondition: It is available.
  public var kernels: Kernels {
    precondition(isAvailable, "Instruction set unavailable")
    #if arch(x86_64)
      switch self {
      case .avx512: return SIMDKernelsAVX512.kernels
      case .avx2: return SIMDKernelsAVX2.kernels
      default: return SIMDKernelsBaseline.kernels
      }
    #else
      return SIMDKernelsBaseline.kernels
    #endif
  }
}
