internal import ArgumentParser
internal import FlashCore
internal import HBMSim

/// `flashsim pattern`.
struct PatternCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pattern",
    abstract: "Draw a block-sparse pattern and tell its density.",
    discussion: """
      Patterns: \(PatternList.expectation). A file is a .npy, .npz or .safetensors of one bool \
      tensor, with a row a block of queries and a column a block of keys.

      Examples:
        flashsim pattern butterfly --tokens 4096 --block 128
        flashsim pattern bigbird:3,1,1 --tokens 2048 --block 64
        flashsim pattern file:blocks.npy
      """)

  @Argument(help: "The pattern.")
  var pattern: String

  @Option(parsing: .unconditional, help: "Rows and columns of S. (default: 4096)")
  var tokens: Int?

  @Option(parsing: .unconditional, help: "Rows and columns of a block. (default: 128)")
  var block: Int?

  @Option(parsing: .unconditional, help: "Seed of random blocks.")
  var seed: UInt64 = 0

  /// The sizes, unless the pattern is a file's.
  private var sizes: (tokens: Int, block: Int) { (tokens ?? 4096, block ?? 128) }

  func validate() throws {
    if !PatternList.isPattern(pattern) {
      throw ValidationError("Please give \(PatternList.expectation), not '\(pattern)'.")
    }
    for (option, size) in [("--tokens", tokens), ("--block", block)] {
      guard let size else { continue }
      if PatternFile(name: pattern) != nil {
        throw ValidationError("Please leave out \(option): the blocks are those of the file.")
      }
      if size <= 0 {
        throw ValidationError("Please give positive sizes: \(option) is \(size).")
      }
    }
    let (tokens, block) = sizes
    let count = (tokens + block - 1) / block
    if count > 4096 {
      throw ValidationError(
        "Please give at most 4096 blocks a side: \(tokens) tokens in blocks of \(block) are "
          + "\(count).")
    }
  }

  func run() throws {
    if let file = PatternFile(name: pattern) {
      draw(try file.read(), "blocks")
      return
    }
    guard let pattern = BlockPattern(name: pattern, seed: seed) else { return }
    let (tokens, block) = sizes
    let shape = try AttentionShape(queries: tokens, headDim: 1)
    let blocks = Blocks(rows: block, columns: block)
    try pattern.validate(blocks, shape)
    draw(pattern.layout((tokens + block - 1) / block), "blocks of \(block)×\(block)")
  }

  /// Draws blocks, and tells how many are live.
  private func draw(_ layout: [[Bool]], _ name: String) {
    let live = layout.reduce(0) { $0 + $1.count { $0 } }
    let total = layout.reduce(0) { $0 + $1.count }
    // Two characters a block make it about square; wide patterns take one.
    let isNarrow = layout.allSatisfy { $0.count <= 64 }
    let (on, off) = isNarrow ? ("██", "··") : ("█", "·")
    for row in layout { print(row.map { $0 ? on : off }.joined()) }
    print(
      "\(live) of \(total) \(name) are live: density "
        + "\(Units.percent(Double(live) / Double(total)))")
  }
}
