internal import ArgumentParser

/// `flashsim reproduce`.
struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract: "Count what figures and theorems of the FlashAttention paper say.",
    discussion: """
      Puts the number that the paper prints, or that others read off its plots, beside the one \
      that the library counts, with all that the count assumes.

      Examples:
        flashsim reproduce figure2-left
        flashsim reproduce all --format markdown
      """)

  @Argument(
    help:
      "What to reproduce: figure2-left, figure2-middle, figure2-right, figure3-memory, theorem2, theorem5 or proposition4; a comma list, or all."
  )
  var names: String

  @OptionGroup(title: "Report") var report: ReportOptions

  /// The names that were asked for.
  private var list: CommaList<ReproductionName> {
    CommaList(
      argument: names == "all"
        ? ReproductionName.allCases.map(\.rawValue).joined(separator: ",") : names)
  }

  func validate() throws {
    do {
      try list.check("NAME")
    } catch {
      throw ValidationError(
        "Please name \(ReproductionName.allCases.map(\.rawValue).joined(separator: ", ")) or all, "
          + "or some joined by commas, not '\(names)'.")
    }
  }

  func run() throws {
    try report.checkPlaces()
    let reproductions = try ReproduceReport(reproductions: list.values.map { try $0.reproduce() })
    try report.publish(reproductions.rendered(as:))
  }
}
