internal import ArgumentParser
internal import HBMSim

/// `flashsim bench`.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure how fast this computer runs attention, and what bounds it.",
    discussion: """
      First this computer: multiplications and additions in registers, products by OpenBLAS, \
      exponentials, and the bandwidth of main memory. Then FlashAttention-2, whose cores have half \
      of the L2 cache for SRAM, and naive attention by OpenBLAS where it computes the same, in \
      rounds: each meets about the same machine, and ratios mean something where times do not.

      Operations are 4·N²·d a head forward and 10·N²·d backward, half of it under a causal mask. \
      A figure is called noisy where its inter-quartile range is more than a tenth of \
      its median.

      Examples:
        flashsim bench --quick
        flashsim bench --shapes 4096x4x64 --pass forward,backward --threads 1,2
        flashsim bench --tokens 512,1024 --heads 16 --mask none --format json
      """)

  @OptionGroup(title: "What is measured") var options: BenchOptions
  @OptionGroup(title: "Report") var report: ReportOptions

  func run() throws {
    try report.checkPlaces()
    let points = options.points(arguments: CommandLine.arguments)
    // What cannot run is to fail before the first measurement.
    for point in points { _ = try point.plan() }
    let bar = ProgressBar(LaunchProgress(), works: [Double](repeating: 1, count: points.count + 1))
    defer { bar.finish() }
    let bench = Bench(
      source: AttentionProbe(host: HostProbe()),
      interleaving: Interleaving(
        stopwatch: .system, rounds: options.rounds, leastSeconds: 0.02),
      progress: { bar.show(run: $0, $1, launches: 1) })
    let result = try bench.report(of: points)
    bar.finish()
    try report.publish(result.rendered(as:))
  }
}
