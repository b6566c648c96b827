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
    subcommands: [RunCommand.self])
}
