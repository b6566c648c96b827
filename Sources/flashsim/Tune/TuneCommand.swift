internal import ArgumentParser
internal import FlashCore

/// `flashsim tune`.
struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune",
    abstract: "Find the block sizes that move least, and compare them with others.",
    discussion: """
      For each algorithm and pass:
        least              those that fit and move the fewest bytes
        fit                what --blocks fit gives
        paper              line 1 of Algorithm 1, M in elements of 4 bytes
        paper, M in bytes  the same with M taken for bytes, by mistake
        published          the tile of the authors' kernels, if there is one

      Blocks that do not fit are counted as well, on a core that is just large enough, and marked. \
      Counts are those of the closed forms. Time is not looked at: where the least has very few \
      rows or columns, fit is the better choice to compute with.

      Options that take a value take a comma list as well. Lists give the cross product; the option \
      that is given first varies slowest.

      Examples:
        flashsim tune --algorithm flash1 --sram 100KB,192KiB
        flashsim tune --tokens 4096 --head-dim 128 --dtype f16 --sram 163KiB
        flashsim tune --pass forward --causal --format csv
      """)

  @OptionGroup(title: "What runs") var problem: TuneProblemOptions
  @OptionGroup(title: "Where it runs") var machine: TuneMachineOptions
  @OptionGroup(title: "Report") var report: ReportOptions

  func run() throws {
    try report.checkPlaces()
    var product = CrossProduct()
    problem.vary(&product)
    machine.vary(&product)
    let records = try product.points(arguments: CommandLine.arguments).map { try TuneRecord($0) }
    try report.publish(TuneReport(records).rendered(as:))
  }
}
