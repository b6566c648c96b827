internal import ArgumentParser

/// The sizes of a measurement, as TOKENSxHEADSxDIM.
struct BenchShape: Hashable, Sendable, ListElement {
  var tokens: Int
  var heads: Int
  var headDim: Int

  static var expectation: String { "positive TOKENSxHEADSxDIM such as 1024x16x64" }

  /// Creates sizes.
  init(_ tokens: Int, _ heads: Int, _ headDim: Int) {
    self.tokens = tokens
    self.heads = heads
    self.headDim = headDim
  }

  /// Three positive numbers with an `x` between them.
  init?(argument: String) {
    let sizes = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sizes.count == 3, let tokens = sizes[0], let heads = sizes[1], let headDim = sizes[2],
      tokens > 0, heads > 0, headDim > 0
    else { return nil }
    self.init(tokens, heads, headDim)
  }

  /// The sizes as they are written on the command line.
  var defaultValueDescription: String { "\(tokens)x\(heads)x\(headDim)" }

  /// What is measured where nothing else is asked for: short and long, narrow and wide heads.
  static let usual = [
    BenchShape(512, 16, 64), BenchShape(1024, 16, 64), BenchShape(4096, 4, 64),
    BenchShape(16384, 1, 64), BenchShape(1024, 12, 128), BenchShape(4096, 4, 128),
    BenchShape(512, 12, 32),
  ]

  /// Those of ``usual`` that tell most in a few seconds.
  static let quick = [BenchShape(1024, 16, 64), BenchShape(1024, 12, 128)]
}

/// Whether queries see keys after their own.
enum BenchMask: String, Sendable, CaseIterable, ListElement {
  case none, causal
}
