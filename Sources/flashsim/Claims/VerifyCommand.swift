internal import ArgumentParser
internal import HBMSim

/// `flashsim verify`.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Put the claims of the FlashAttention paper to the test, one by one.",
    discussion: """
      For each claim of Dao et al. 2022: what the paper says, what is measured here, and the verdict \
      that follows from it. Attention is executed where numbers can be; larger sizes are counted; \
      and where the paper only prints measurements, its own tables are computed with. The figures \
      are the same on every machine.

      The exit status is 1 where a verdict is not the one on record.

      Examples:
        flashsim verify
        flashsim verify C4 C6 --format json
      """)

  @Argument(
    help: ArgumentHelp(
      "The claims, C1 to C\(Claim.all.count); all, unless some are named.", valueName: "id"))
  var claims: [String] = []

  @OptionGroup(title: "Report") var report: ReportOptions

  func validate() throws {
    if let name = claims.first(where: { Claim.named($0) == nil }) {
      throw ValidationError("Please give claims C1 to C\(Claim.all.count), not '\(name)'.")
    }
  }

  func run() throws {
    try report.checkPlaces()
    let names = claims.map { $0.uppercased() }
    let findings = try Self.test(Claim.all.filter { names.isEmpty || names.contains($0.id) })
    let verification = VerifyReport(findings)
    try report.publish(verification.rendered(as:))
    try verification.check()
  }

  /// Tests claims one after another, and shows how far that is.
  static func test(_ claims: [Claim]) throws -> [Finding] {
    let laboratory = Laboratory(progress: LaunchProgress())
    let bar = ProgressBar(laboratory.progress, works: claims.map(\.work))
    defer { bar.finish() }
    return try claims.enumerated().map { index, claim in
      bar.show(run: index, claim.id, launches: 1)
      return try claim.test(in: laboratory)
    }
  }
}
