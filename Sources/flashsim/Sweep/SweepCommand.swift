internal import ArgumentParser
internal import FlashCore
internal import HBMSim

/// `flashsim sweep`.
struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Vary sizes, and fit the exponents of N, d, M and s in HBM accesses.",
    discussion: """
      Sizes are comma lists of values and of ranges:
        64..512+64      64, 128, … 512: by steps of 64
        64..512+:8      the same: 8 values in equal steps
        64..512x2       64, 128, 256, 512: by factors of 2
        64..512x:4      the same: 4 values by equal factors
      With a step or factor, the last value is the last up to the end of the range; with a count, \
      it is the end. Lists give the cross product; the option that is given first varies slowest.

      The law c · N^a · d^b · M^c · s^e of the quantities that vary, B_r and B_c among them, is \
      fitted to each algorithm and pass by least squares of logarithms, with M in elements of 4 \
      bytes and s as counted.

      Examples:
        flashsim sweep --tokens 65536..1048576x2 --sram 1MiB..8MiBx2
        flashsim sweep --algorithm flash1 --tokens 65536 --density 0.1..1+0.1
        flashsim sweep --block-rows 32 --block-columns 16..256x:9 --format csv
      """)

  @OptionGroup(title: "What varies") var axes: SweepAxes
  @OptionGroup(title: "What stays the same") var constants: SweepConstants

  @OptionGroup(title: "Report") var report: ReportOptions

  func validate() throws {
    let count = grid.count
    if count > Self.mostPoints {
      throw ValidationError("Please sweep at most \(Self.mostPoints) points, not \(count).")
    }
  }

  func run() throws {
    try report.checkPlaces()
    let points = grid.points(arguments: CommandLine.arguments)
    let variesDensity = Set(axes.density?.values ?? []).count > 1
    let sweep = SweepReport(
      try constants.mode.records(of: points), mode: constants.mode,
      fitting: constants.fit ?? (variesDensity ? .blocks : .main))
    try report.publish(sweep.rendered(as:))
  }

  /// How many points a sweep may have.
  private static let mostPoints = 100_000

  private var grid: Grid<SweepPoint> {
    var grid = Grid(from: SweepPoint(configuration: constants.configuration))
    axes.vary(&grid)
    return grid
  }
}
