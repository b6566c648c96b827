internal import ArgumentParser

/// The command `flashsim`.
@main
struct Flashsim: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "flashsim",
    abstract: "A laboratory for the IO of attention.",
    discussion: """
      Runs attention for real against a simulated hierarchy of SRAM and HBM whose capacity is \
      enforced, and reports every transfer.
      """,
    version: version,
    subcommands: [
      RunCommand.self, SweepCommand.self, TuneCommand.self, BoundsCommand.self,
      PatternCommand.self, ReproduceCommand.self, VerifyCommand.self, BenchCommand.self,
    ])

  /// Parses the arguments and runs the command; what goes wrong is said in one sentence.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      let code = exitCode(for: error)
      if code.isSuccess { exit(withError: error) }
      let sentence = message(for: error)
      note(
        sentence.hasSuffix(".") || sentence.hasSuffix("?") ? sentence : sentence + ".", as: "Error")
      exit(withError: code)
    }
  }
}
