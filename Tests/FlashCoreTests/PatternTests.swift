import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("A block pattern")
struct PatternTests {
  static let patterns: [(String, BlockPattern)] = [
    ("butterfly", .butterfly(factors: nil)), ("butterfly 2", .butterfly(factors: 2)),
    ("local", .local(width: 3)), ("longformer", .longformer(width: 3, global: 1)),
    ("bigbird", .bigBird(width: 3, global: 1, random: 2, seed: 4)),
    ("fixed", .fixed(local: 4, global: 1)), ("strided", .strided(stride: 3)),
    ("random", .random(density: 0.3, seed: 9)),
  ]

  @Test("has the blocks of its definition")
  func counts() {
    func live(_ pattern: BlockPattern, _ n: Int) -> Int {
      pattern.layout(n).reduce(0) { $0 + $1.count { $0 } }
    }
    for (n, bits) in [(4, 2), (8, 3), (16, 4)] {
      #expect(live(.butterfly(factors: nil), n) == n * (1 + bits))
      #expect(live(.butterfly(factors: 1), n) == 2 * n)
    }
    for n in [4, 9, 16] {
      #expect(live(.local(width: 3), n) == 3 * n - 2)
      #expect(live(.longformer(width: 3, global: 1), n) == 5 * n - 6)
      #expect(live(.bigBird(width: 3, global: 1, random: 0, seed: 0), n) == 5 * n - 6)
      let bigBird = live(.bigBird(width: 3, global: 1, random: 1, seed: 0), n)
      #expect((5 * n - 6...6 * n - 6).contains(bigBird))
      #expect(live(.full, n) == n * n)
    }
    for n in [8, 16, 32] { #expect(live(.fixed(local: 4, global: 1), n) == n * n / 4 + 3 * n) }
    #expect(live(.random(density: 0, seed: 1), 20) == 0)
    #expect(live(.random(density: 1, seed: 1), 20) == 400)
    #expect((60...140).contains(live(.random(density: 0.25, seed: 1), 20)))
  }

  @Test("computes what its blocks leave over, in both passes", arguments: Algorithm.allCases)
  func values(algorithm: Algorithm) throws {
    let problem = try Problem(try AttentionShape(heads: 2, queries: 61, headDim: 5), seed: 2)
    for (name, pattern) in Self.patterns {
      for (Br, Bc) in [(8, 8), (16, 4), (4, 8)] {
        let options = AttentionOptions(mask: .causal(), pattern: pattern)
        let result = try problem.run(
          algorithm, pass: .both, options: options, tiling: .blocks(Br, Bc), on: machine())
        let side = max(Br, Bc)
        let layout = pattern.layout((61 + side - 1) / side)
        #expect(
          problem.mistakes(in: result) { _, i, j in
            j <= i && layout[i / Br * Br / side][j / Bc * Bc / side]
          } == [], "\(algorithm) \(name) \(Br)×\(Bc)")
      }
    }
  }

  @Test("moves 2Nd + 3·live·Br·d and the statistics, and what line 2 writes")
  func traffic() throws {
    let (N, d, B) = (64, 12, 8)
    for (name, pattern) in Self.patterns {
      let plan = try AttentionPlan(
        .flash1, shape: AttentionShape(queries: N, headDim: d),
        options: AttentionOptions(pattern: pattern), tiling: .blocks(B, B),
        on: machine(mode: .count))
      let live = pattern.layout(N / B).reduce(0) { $0 + $1.count { $0 } }
      #expect(plan.liveBlocks.live == live && plan.liveBlocks.total == 64, "\(name)")
      let run = try plan.count()
      let main = run.ledger.traffic(in: .main)
      #expect(main.elements == 2 * N * d + 3 * live * B * d + 4 * live * B, "\(name)")
      #expect(run.ledger == plan.closedForm, "\(name)")
    }
  }

  @Test("of all blocks is Algorithm 1, bit for bit; one equal to causal is causal's")
  func equalities() throws {
    let problem = try Problem(try AttentionShape(queries: 48, headDim: 8), seed: 3)
    func run(_ options: AttentionOptions) throws -> AttentionResult {
      try problem.run(
        .flash1, pass: .both, options: options, tiling: .blocks(8, 16), on: machine())
    }
    let plain = try run(AttentionOptions())
    let full = try run(
      AttentionOptions(pattern: .blocks(Array(repeating: [true, true, true], count: 6))))
    #expect(full.output.values == plain.output.values && full.execution == plain.execution)
    #expect(full.gradients!.key.values == plain.gradients!.key.values)
    let causal = try run(AttentionOptions(mask: .causal()))
    let triangle = (0..<6).map { i in (0..<3).map { j in 16 * j <= 8 * i + 7 } }
    let blocks = try run(AttentionOptions(mask: .causal(), pattern: .blocks(triangle)))
    #expect(blocks.output.values == causal.output.values)
    #expect(blocks.execution == causal.execution)
  }

  @Test("that does not go with the blocks is refused with the numbers")
  func errors() throws {
    let shape = try AttentionShape(queries: 20, keys: 30, headDim: 2)
    for (pattern, sentence) in [
      (
        BlockPattern.blocks([[true, true], [true, true]]),
        "A pattern of 2×2 blocks does not go with 2×3 blocks of 10x10."
      ),
      (.local(width: 0), "A window of 0 blocks is none."),
      (.random(density: 1.5, seed: 0), "A density of 1.5 is not in [0, 1]."),
      (.fixed(local: 2, global: 3), "A fixed pattern has no 3 of 2 columns."),
    ] {
      let error = #expect(throws: AttentionError.self) {
        try AttentionPlan(
          .flash1, shape: shape, options: AttentionOptions(pattern: pattern),
          tiling: .blocks(10, 10), on: machine())
      }
      #expect(error.map { "\($0)" } == sentence)
    }
  }
}
