internal import ArgumentParser
internal import FlashCore
internal import HBMSim

/// The options that a sweep varies.
struct SweepAxes: ParsableArguments {
  @Option(parsing: .unconditional, help: "What computes attention; a comma list.")
  var algorithm = CommaList(Algorithm.standard, .flash1, .flash2)

  @Option(parsing: .unconditional, help: "Directions; a comma list.")
  var pass = CommaList(Pass.forward)

  @Option(parsing: .unconditional, help: "N, rows of Q, K, V and O.")
  var tokens = RangeList(1024)

  @Option(parsing: .unconditional, help: "d, columns of Q, K, V and O.")
  var headDim = RangeList(64)

  @Option(
    parsing: .unconditional,
    help: "M, SRAM of a core: 100KB, 192KiB, 25600el (elements of 4 bytes) or unlimited.")
  var sram = RangeList(Capacity.kibibytes(192))

  @Option(
    parsing: .unconditional,
    help: "B_r, rows of a block, with --block-columns. (default: as --blocks says)")
  var blockRows: RangeList<Int>?

  @Option(
    parsing: .unconditional,
    help: "B_c, columns of a block, with --block-rows. (default: as --blocks says)")
  var blockColumns: RangeList<Int>?

  @Option(
    parsing: .unconditional,
    help: """
      s, part of the blocks of S that is computed, in (0, 1]: s·T_r·T_c of them, rounded, spread \
      evenly. (default: all)
      """)
  var density: RangeList<Double>?

  func validate() throws {
    try algorithm.check("--algorithm")
    try pass.check("--pass")
    try sram.check("--sram")
    try density?.check("--density")
    for (option, list) in [
      ("--tokens", tokens), ("--head-dim", headDim), ("--block-rows", blockRows),
      ("--block-columns", blockColumns),
    ] {
      try list?.check(option)
      if let size = list?.values.first(where: { $0 <= 0 }) {
        throw ValidationError("Please give positive sizes: \(option) is \(size).")
      }
    }
    if (blockRows == nil) != (blockColumns == nil) {
      throw ValidationError("Please give both --block-rows and --block-columns.")
    }
    if sram.values.contains(.unlimited) && sram.values.count > 1 {
      throw ValidationError("Please give --sram either unlimited or capacities.")
    }
    if let density = density?.values.first(where: { !($0 > 0 && $0 <= 1) }) {
      throw ValidationError("Please give --density in (0, 1], not \(density).")
    }
  }

  /// Adds what was given to the grid.
  func vary(_ grid: inout Grid<SweepPoint>) {
    grid.vary("--algorithm", algorithm) { $0.configuration.algorithm = $1 }
    grid.vary("--pass", pass) { $0.configuration.pass = $1 }
    grid.vary("--tokens", tokens.values) { $0.configuration.queries = $1 }
    grid.vary("--head-dim", headDim.values) { $0.configuration.headDim = $1 }
    grid.vary("--sram", sram.values) { $0.configuration.sram = $1 }
    grid.vary("--block-rows", blockRows?.values) { $0.blockRows = $1 }
    grid.vary("--block-columns", blockColumns?.values) { $0.blockColumns = $1 }
    grid.vary("--density", density?.values) { $0.density = $1 }
  }
}

/// The options that are the same at all points of a sweep.
struct SweepConstants: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "Block sizes: fit (largest that fit), paper (line 1 of Algorithm 1) or ROWSxCOLUMNS.")
  var blocks = Tiling.fit

  @Option(parsing: .unconditional, help: "Sequences.")
  var batch = 1

  @Option(parsing: .unconditional, help: "Heads.")
  var heads = 1

  @Flag(help: "Let no query see a key after its own.")
  var causal = false

  @Option(parsing: .unconditional, help: "How matrices lie in HBM.")
  var dtype = ElementType.f32

  @Option(
    parsing: .unconditional,
    help: """
      Where counts come from: closed forms, machines that count alone, or machines that compute \
      on standard normal data.
      """)
  var mode = SweepMode.closedForm

  @Option(
    parsing: .unconditional,
    help: """
      What the law is fitted to: all accesses (total), all but those of phase initialize (main), \
      or those that would not be made if no block of S were computed (blocks). (default: main; \
      blocks where --density varies)
      """)
  var fit: FittedAccesses?

  func validate() throws {
    for (option, size) in [("--batch", batch), ("--heads", heads)] where size <= 0 {
      throw ValidationError("Please give positive sizes: \(option) is \(size).")
    }
  }

  /// A run that the points begin from.
  var configuration: RunConfiguration {
    var configuration = RunConfiguration()
    configuration.tiling = blocks
    configuration.batch = batch
    configuration.heads = heads
    configuration.isCausal = causal
    configuration.type = dtype
    return configuration
  }
}
