public import SIMDKernels

/// A processor of many cores, each with a private SRAM, in front of one HBM.
public struct Machine: Sendable {
  /// Whether a machine computes.
  public enum Mode: String, Sendable, CaseIterable {
    /// Real numbers, every transfer counted.
    case execute
    /// No numbers, the same transfers counted: for sizes that nobody wants to compute.
    case count
  }

  /// The SRAM of a core.
  public var sram: Capacity
  /// Whether it computes.
  public var mode: Mode
  /// Host threads at most.
  public var threads: Int
  /// The instruction set of the host that computes.
  public var simd: InstructionSet
  /// What is told of every transfer, allocation and operation.
  public var observer: (any MachineObserver)?
  /// What is told how many launches are done.
  public var progress: LaunchProgress?

  /// Creates a machine.
  ///
  /// - Precondition: There is at least one thread, and this CPU runs the instruction set.
  public init(
    sram: Capacity = .kibibytes(192), mode: Mode = .execute, threads: Int = hostCores,
    simd: InstructionSet = .best, observer: (any MachineObserver)? = nil,
    progress: LaunchProgress? = nil
  ) {
    precondition(threads > 0, "No threads")
    precondition(simd.isAvailable, "Instruction set unavailable")
    self.sram = sram
    self.mode = mode
    self.threads = threads
    self.simd = simd
    self.observer = observer
    self.progress = progress
  }

  /// An empty memory for this machine.
  public func makeMemory() -> HBM { HBM(executes: mode == .execute) }

  /// The cores of the host that this process may use.
  public static let hostCores = HostProcessor.cores
}

extension Machine {
  /// This computer, for whom only the answer matters: a core's SRAM is half of its L2 cache.
  public static var host: Machine { Machine(sram: .bytes(HostProcessor.levelTwoCache / 2)) }
}
