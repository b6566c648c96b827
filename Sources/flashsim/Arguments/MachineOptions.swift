internal import ArgumentParser
internal import FlashCore
internal import HBMSim

/// The options that say what it is computed on.
struct MachineOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "SRAM of a core: 100KB, 192KiB, 25600el (elements of 4 bytes) or unlimited.")
  var sram = CommaList(Capacity.kibibytes(192))

  @Option(
    parsing: .unconditional,
    help:
      "Block sizes: fit (largest that fit), fast (for a CPU), paper (line 1 of Algorithm 1) or ROWSxCOLUMNS."
  )
  var blocks = CommaList(Tiling.fit)

  @Option(parsing: .unconditional, help: "Compute and count, or count alone.")
  var mode = CommaList(Machine.Mode.execute)

  @Option(parsing: .unconditional, help: "Host threads. (default: all cores)")
  var threads: CommaList<Int>?

  @Option(parsing: .unconditional, help: "Instruction set; auto is the widest there is.")
  var simd = CommaList(InstructionSetChoice.auto)

  func validate() throws {
    try sram.check("--sram")
    try blocks.check("--blocks")
    try mode.check("--mode")
    try threads?.check("--threads")
    try simd.check("--simd")
    if let count = threads?.values.first(where: { $0 <= 0 || $0 > 4096 }) {
      throw ValidationError("Please give --threads 1 to 4096, not \(count).")
    }
  }

  /// Adds what was given to the cross product.
  func vary(_ product: inout CrossProduct) {
    product.vary("--sram", sram) { $0.sram = $1 }
    product.vary("--blocks", blocks) { $0.tiling = $1 }
    product.vary("--mode", mode) { $0.mode = $1 }
    product.vary("--threads", threads) { $0.threads = $1 }
    product.vary("--simd", simd) { $0.simd = $1 }
  }
}
