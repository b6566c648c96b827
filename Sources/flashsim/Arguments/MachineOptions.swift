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
    help: "Block sizes: fit (largest that fit), paper (line 1 of Algorithm 1) or ROWSxCOLUMNS.")
  var blocks = CommaList(Tiling.fit)

  @Option(help: "execute: compute and count. count: count alone.")
  var mode = CommaList(Machine.Mode.execute)

  @Option(parsing: .unconditional, help: "Host threads. (default: all cores)")
  var threads: CommaList<Int>?

  @Option(help: "Instruction set: auto, baseline, avx2, avx512 or neon.")
  var simd = CommaList(InstructionSetChoice.auto)

  func validate() throws {
    if let count = threads?.values.first(where: { $0 <= 0 || $0 > 4096 }) {
      throw ValidationError("Please give 1 to 4096 threads: --threads is \(count).")
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
