internal import ArgumentParser
internal import FlashCore
internal import HBMSim

/// `flashsim bounds`.
struct BoundsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bounds",
    abstract: "Draw the least HBM accesses over the SRAM, beside the lower bounds.",
    discussion: """
      For every capacity, each algorithm has the block sizes that move the fewest bytes of all \
      that fit. The lower bound is the greatest of those that hold for every program; \
      docs/theory.md derives them. Ranges are those of flashsim sweep.

      Examples:
        flashsim bounds --tokens 4096 --head-dim 128
        flashsim bounds --tokens 65536 --sram 16KiB..4MiBx:32 --format csv
      """)

  @Option(parsing: .unconditional, help: "What computes attention; a comma list.")
  var algorithm = CommaList(Algorithm.standard, .flash1, .flash2, .squareTiling)

  @Option(parsing: .unconditional, help: "Direction.")
  var pass = Pass.forward

  @Option(parsing: .unconditional, help: "N, rows of Q, K, V and O.")
  var tokens = 4096

  @Option(parsing: .unconditional, help: "Heads.")
  var heads = 1

  @Option(parsing: .unconditional, help: "d, columns of Q, K, V and O.")
  var headDim = 64

  @Option(parsing: .unconditional, help: "How matrices lie in HBM.")
  var dtype = ElementType.f32

  @Option(
    parsing: .unconditional,
    help: "M, SRAM of a core: capacities and ranges of them. (default: 1KiB..16MiBx:64)")
  var sram = RangeList<Capacity>(argument: "1KiB..16MiBx:64")

  @OptionGroup(title: "Report") var report: ReportOptions

  func validate() throws {
    try algorithm.check("--algorithm")
    try sram.check("--sram")
    for (option, size) in [("--tokens", tokens), ("--heads", heads), ("--head-dim", headDim)]
    where size <= 0 {
      throw ValidationError("Please give positive sizes: \(option) is \(size).")
    }
    if sram.values.count > 1000 {
      throw ValidationError(
        "Please give at most 1000 capacities, not \(sram.values.count).")
    }
  }

  func run() throws {
    try report.checkPlaces()
    let shape = try AttentionShape(heads: heads, queries: tokens, headDim: headDim)
    let bounds = BoundsReport(
      algorithms: algorithm.values, pass: pass, shape: shape, precision: Precision(dtype),
      capacities: sram.values)
    try report.publish(bounds.rendered(as:))
  }
}
