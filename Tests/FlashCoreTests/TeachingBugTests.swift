import FlashCore
import HBMSim
import Testing

/// Bugs that implementations made for teaching share, each asked after by a test of its own.
@Suite("Unlike teaching implementations, attention")
struct TeachingBugTests {
  @Test(
    "is right where blocks are not square and the mask is causal",
    arguments: [(128, 64), (96, 64), (50, 30), (64, 128), (64, 96), (30, 50)])
  func unequalBlocks(Br: Int, Bc: Int) throws {
    let problem = try Problem(
      AttentionShape(queries: 161, headDim: 3, valueDim: 2), seed: UInt64(Br))
    try problem.expectRight(mask: .causal(), in: [.blocks(Br, Bc)]) { _, i, j in j <= i }
  }

  @Test("is right at tails", arguments: [15, 17, 23, 31, 33, 47])
  func tails(N: Int) throws {
    let problem = try Problem(AttentionShape(queries: N, headDim: 4), seed: UInt64(N))
    let tilings = [Tiling.blocks(16, 16), .blocks(8, 16), .blocks(16, 8)]
    try problem.expectRight(in: tilings)
    try problem.expectRight(mask: .causal(), in: tilings) { _, i, j in j <= i }
  }

  @Test("is right where no size is a power of two", arguments: [1, 3, 33, 80, 100])
  func headDims(d: Int) throws {
    for (N, dv) in [(5, d), (21, 1), (13, 37)] {
      let problem = try Problem(
        AttentionShape(queries: N, keys: N + 6, headDim: d, valueDim: dv), seed: UInt64(d))
      try problem.expectRight(in: [.blocks(7, 9), .fit])
    }
  }

  @Test(
    "takes more keys than queries, and fewer", arguments: [(12, 31), (31, 12), (1, 40), (40, 1)])
  func unequalLengths(queries: Int, keys: Int) throws {
    let shape = try AttentionShape(heads: 2, kvHeads: 1, queries: queries, keys: keys, headDim: 5)
    let problem = try Problem(shape, seed: UInt64(queries))
    let tilings = [Tiling.blocks(8, 6), .blocks(5, 16)]
    try problem.expectRight(in: tilings)
    try problem.expectRight(mask: .causal(), in: tilings) { _, i, j in j <= i }
    try problem.expectRight(mask: .causal(.bottomRight), in: tilings) { _, i, j in
      keys - j >= queries - i
    }
  }

  @Test(
    "tells top-left from bottom-right alignment, where they differ and nowhere else",
    arguments: [(20, 20), (13, 20), (20, 13)])
  func alignment(queries: Int, keys: Int) throws {
    let problem = try Problem(
      AttentionShape(queries: queries, keys: keys, headDim: 4), seed: UInt64(queries))
    for algorithm in Algorithm.allCases {
      let results = try [Mask.Alignment.topLeft, .bottomRight].map {
        try problem.run(
          algorithm, pass: .both, mask: .causal($0), tiling: .blocks(6, 4), on: machine())
      }
      func differ(_ tensor: (AttentionResult) -> Tensor, at row: Int) -> Bool {
        tensor(results[0]).row(row) != tensor(results[1]).row(row)
      }
      for i in 0..<queries {
        let seen = min(i + 1, keys)
        let seenFromBelow = max(min(i + 1 + keys - queries, keys), 0)
        #expect(differ(\.output, at: i) == (seen != seenFromBelow), "\(algorithm), row \(i)")
        // The gradient of a lone key is 0, but for rounding.
        if max(seen, seenFromBelow) > 1 {
          #expect(differ(\.gradients!.query, at: i) == (seen != seenFromBelow), "row \(i)")
        }
      }
      if queries == keys { #expect(results[0].execution == results[1].execution) }
    }
  }

  @Test("gives queries that see nothing 0, −∞ and no gradient, and others what is theirs")
  func nothingSeen() throws {
    // Bottom-right: queries 0 to 8 see nothing, and some stand in a block with others that see.
    // Padding: nobody of the second sequence sees anything.
    let shape = try AttentionShape(batch: 2, queries: 20, keys: 11, headDim: 4)
    let problem = try Problem(shape, seed: 6)
    var mask = Mask.causal(.bottomRight)
    mask.keyLengths = [11, 0]
    func sees(_ batch: Int, _ i: Int, _ j: Int) -> Bool { batch == 0 && j + 9 <= i }
    for tiling in [Tiling.blocks(6, 4), .blocks(20, 11), .blocks(3, 16)] {
      try problem.expectRight(mask: mask, in: [tiling], sees: sees)
      for algorithm in Algorithm.allCases {
        let result = try problem.run(
          algorithm, pass: .both, mask: mask, tiling: tiling, on: machine())
        for row in Array(0..<9) + Array(20..<40) {
          #expect(result.output.row(row).allSatisfy { $0 == 0 }, "\(algorithm), row \(row)")
          #expect(result.logSumExp.values[row] == -.infinity)
          #expect(result.gradients!.query.row(row).allSatisfy { $0 == 0 })
        }
        for key in 11..<22 {
          #expect(result.gradients!.key.row(key).allSatisfy { $0 == 0 }, "\(algorithm), key \(key)")
          #expect(result.gradients!.value.row(key).allSatisfy { $0 == 0 })
        }
      }
    }
  }

  @Test("starts a row at the first block that it sees, after blocks without a key for it")
  func leadingBlocks() throws {
    let (queries, keys) = (24, 40)
    let problem = try Problem(AttentionShape(queries: queries, keys: keys, headDim: 4), seed: 7)
    var mask = Mask.causal(.bottomRight)
    mask.window = Mask.Window(left: 5, right: 0)
    func sees(_ batch: Int, _ i: Int, _ j: Int) -> Bool { (i + 11...i + 16).contains(j) }
    // Blocks of 16 × 4: the first query sees keys 11 to 16. The last of its block begins at 26, in
    // the fifth block that is computed.
    try problem.expectRight(
      mask: mask, in: [.blocks(16, 4), .blocks(24, 8), .blocks(5, 3), .blocks(1, 1)], sees: sees)
    let plan = try AttentionPlan(
      .flash1, shape: problem.shape, options: AttentionOptions(mask: mask), tiling: .blocks(16, 4),
      on: machine(mode: .count))
    let (live, total) = plan.liveBlocks
    #expect((live, total) == (6 + 4, 20))
  }

  @Test(
    "is right for sequences shorter than a block", arguments: [(1, 1), (3, 3), (1, 200), (3, 70)])
  func short(queries: Int, keys: Int) throws {
    let problem = try Problem(
      AttentionShape(queries: queries, keys: keys, headDim: 6), seed: UInt64(keys))
    try problem.expectRight(in: [.blocks(64, 64)])
    try problem.expectRight(mask: .causal(), in: [.blocks(64, 64)]) { _, i, j in j <= i }
    try problem.expectRight(mask: .causal(.bottomRight), in: [.blocks(64, 64)]) { _, i, j in
      j <= i + keys - queries
    }
  }

  @Test("masks gradients where it masks scores, and only there")
  func causalGradients() throws {
    let problem = try Problem(AttentionShape(queries: 22, headDim: 4), seed: 9)
    try problem.expectRight(in: [.blocks(8, 8)])
    try problem.expectRight(mask: .causal(), in: [.blocks(8, 8)]) { _, i, j in j <= i }
    for algorithm in Algorithm.allCases {
      let gradients = try [Mask.none, .causal()].map {
        try problem.run(
          algorithm, pass: .backward, mask: $0, tiling: .blocks(8, 8), on: machine()
        ).gradients!
      }
      // The last query sees every key under either mask, and no other does.
      for i in 0..<22 {
        #expect((gradients[0].query.row(i) == gradients[1].query.row(i)) == (i == 21), "row \(i)")
      }
      // Every key is seen by fewer queries, or beside fewer keys.
      for j in 0..<22 {
        #expect(gradients[0].key.row(j) != gradients[1].key.row(j), "key \(j)")
        #expect(gradients[0].value.row(j) != gradients[1].value.row(j), "key \(j)")
      }
    }
  }

  @Test("gives the same in ten tilings, but for rounding")
  func tilings() throws {
    let problem = try Problem(
      AttentionShape(heads: 2, kvHeads: 1, queries: 29, keys: 34, headDim: 5), seed: 10)
    let tilings = [
      (1, 1), (2, 3), (29, 34), (29, 1), (1, 34), (8, 8), (16, 5), (5, 16), (28, 33), (64, 64),
    ].map { Tiling.blocks($0, $1) }
    try problem.expectRight(mask: .causal(.bottomRight), in: tilings) { _, i, j in j <= i + 5 }
  }
}
