internal import ArgumentParser
internal import FlashCore
internal import HBMSim

/// `flashsim pattern`.
struct PatternCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pattern",
    abstract: "Draw a block-sparse pattern and tell its density.",
    discussion: """
      Patterns: \(PatternList.expectation).

      Examples:
        flashsim pattern butterfly --tokens 4096 --block 128
        flashsim pattern bigbird:3,1,1 --tokens 2048 --block 64
      """)

  @Argument(help: "The pattern.")
  var pattern: String

  @Option(parsing: .unconditional, help: "Rows and columns of S.")
  var tokens = 4096

  @Option(parsing: .unconditional, help: "Rows and columns of a block.")
  var block = 128

  @Option(parsing: .unconditional, help: "Seed of random blocks.")
  var seed: UInt64 = 0

  func validate() throws {
    if BlockPattern(name: pattern, seed: seed) == nil {
      throw ValidationError("Please give \(PatternList.expectation), not '\(pattern)'.")
    }
    for (option, size) in [("--tokens", tokens), ("--block", block)] where size <= 0 {
      throw ValidationError("Please give positive sizes: \(option) is \(size).")
    }
    let count = (tokens + block - 1) / block
    if count > 4096 {
      throw ValidationError(
        "Please give at most 4096 blocks a side: \(tokens) tokens in blocks of \(block) are "
          + "\(count).")
    }
  }

  func run() throws {
    guard let pattern = BlockPattern(name: pattern, seed: seed) else { return }
    let shape = try AttentionShape(queries: tokens, headDim: 1)
    let blocks = Blocks(rows: block, columns: block)
    try pattern.validate(blocks, shape)
    let layout = pattern.layout((tokens + block - 1) / block)
    let live = layout.reduce(0) { $0 + $1.count { $0 } }
    let total = layout.count * layout.count
    // Two characters a block make it about square; wide patterns take one.
    let (on, off) = layout.count <= 64 ? ("██", "··") : ("█", "·")
    for row in layout { print(row.map { $0 ? on : off }.joined()) }
    print(
      "\(live) of \(total) blocks of \(block)×\(block) are live: density "
        + "\(Units.percent(Double(live) / Double(total)))")
  }
}
