import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("Square tiling")
struct SquareTilingTests {
  func plan(
    _ shape: AttentionShape, pass: Pass = .forward, options: AttentionOptions = AttentionOptions(),
    _ tiling: Tiling, _ sram: Capacity = .unlimited
  ) throws -> AttentionPlan {
    try AttentionPlan(
      .squareTiling, pass: pass, shape: shape, options: options, tiling: tiling,
      on: machine(sram, mode: .count))
  }

  @Test("moves 4N²d/B + N² + Nd + 2N elements forward", arguments: [4, 8, 16])
  func forward(B: Int) throws {
    let (N, d) = (64, 16)
    let ledger = try plan(AttentionShape(queries: N, headDim: d), .blocks(B, B)).count().ledger
    for tensor in ["Q", "K", "V"] {
      #expect(ledger.traffic(of: tensor).readElements == N * N * d / B)
      #expect(ledger.traffic(of: tensor).writtenElements == 0)
    }
    #expect(ledger.traffic(of: "S").writtenElements == N * N)
    #expect(ledger.traffic(of: "S").readElements == N * N * d / B)
    #expect(ledger.total.elements == 4 * N * N * d / B + N * N + N * d + 2 * N)
    #expect(ledger.phases == [Phase("scores"), Phase("output")])
  }

  @Test("moves 8N²d/B + 2N² + 5Nd + 4N + 2N²d/B² elements backward", arguments: [4, 8, 16])
  func backward(B: Int) throws {
    let (N, d) = (64, 16)
    let ledger = try plan(
      AttentionShape(queries: N, headDim: d), pass: .backward, .blocks(B, B)
    ).count().ledger
    // dO and V for dS; S and dO for dV; dS and K, dS and Q.
    let products = 8 * N * N * d / B
    // S and dS once; O, dO and the gradients; m, ℓ, D for dS and D before; m and ℓ for each block of dV.
    #expect(
      ledger.total.elements == products + 2 * N * N + 5 * N * d + 4 * N + 2 * N * N * d / (B * B))
    #expect(ledger.traffic(of: "dS").writtenElements == N * N)
    #expect(ledger.traffic(of: "dS").readElements == 2 * N * N * d / B)
    #expect(ledger.traffic(of: "S").readElements == N * N + N * N * d / B)
  }

  @Test("cuts ragged edges off queries, keys and features of either width")
  func ragged() throws {
    // 4 blocks of 16 queries, 6 of 12 keys; chunks of 12: 2 of 20 features, 4 of 37.
    let shape = try AttentionShape(queries: 50, keys: 70, headDim: 20, valueDim: 37)
    let ledger = try plan(shape, pass: .both, .blocks(16, 12)).count().ledger
    func elements(_ tensor: String, _ phase: String) -> Int? {
      ledger.entries.first { $0.tensor == tensor && $0.phase.name == phase }?.traffic.elements
    }
    #expect(elements("Q", "scores") == 6 * 50 * 20)
    #expect(elements("K", "scores") == 4 * 70 * 20)
    #expect(elements("V", "output") == 4 * 70 * 37)
    #expect(elements("S", "output") == 4 * 50 * 70)
    #expect(elements("O", "output") == 50 * 37)
    #expect(elements("m", "dV") == 4 * 6 * 50)
    #expect(elements("S", "dV") == 4 * 50 * 70)
    #expect(elements("dO", "dV") == 6 * 50 * 37)
    #expect(elements("dS", "dQ") == 2 * 50 * 70)
    #expect(elements("K", "dQ") == 4 * 70 * 20)
    #expect(elements("dS", "dK") == 2 * 50 * 70)
    #expect(elements("Q", "dK") == 6 * 50 * 20)
  }

  @Test("neither computes nor moves blocks that a mask rules out, in any phase")
  func deadBlocks() throws {
    let (N, d, B) = (64, 32, 16)
    let run = try plan(
      AttentionShape(queries: N, headDim: d), pass: .both,
      options: AttentionOptions(mask: .causal()), .blocks(B, B)
    ).count()
    let live = 10 * B * B  // of 4 · 5 / 2 blocks
    let S = run.ledger.traffic(of: "S")
    let dS = run.ledger.traffic(of: "dS")
    #expect((S.writtenElements, S.readElements) == (live, 2 * live + live + 2 * live))
    #expect((dS.writtenElements, dS.readElements) == (live, 4 * live))
    #expect(run.ledger.traffic(of: "V").readElements == 2 * 10 * B * d)
    // QKᵀ and PV; dOVᵀ, Pᵀ dO, dSK and dSᵀQ.
    #expect(run.operations.matmul == 6 * 2 * live * d)
  }

  @Test(
    "takes the largest square that fits: three of them, m and ℓ", arguments: [112, 32, 16, 7, 2])
  func fit(B: Int) throws {
    let shape = try AttentionShape(queries: 1000, headDim: 128)
    let M = 3 * B * B + 2 * B
    let smaller = B > 16 ? B - 16 : B - 1
    #expect(try plan(shape, .fit, .elements(M)).blocks == Blocks(rows: B, columns: B))
    #expect(try plan(shape, .fit, .elements(M)).footprint == 4 * M)
    #expect(
      try plan(shape, .fit, .elements(M - 1)).blocks == Blocks(rows: smaller, columns: smaller))
    // No larger than the problem.
    #expect(
      try plan(AttentionShape(queries: 5, keys: 900, headDim: 8), .fit).blocks
        == Blocks(rows: 5, columns: 900))
  }

  @Test("runs in six elements of SRAM, and in any that hold more")
  func smallest() throws {
    let shape = try AttentionShape(heads: 2, kvHeads: 1, queries: 9, keys: 7, headDim: 5)
    let problem = try Problem(shape, seed: 4)
    for M in [6, 20, 33, 100, 700] {
      let result = try problem.run(.squareTiling, pass: .both, on: machine(.elements(M)))
      #expect(problem.mistakes(in: result, of: .squareTiling) == [], "M = \(M)")
      #expect(result.execution.peakSRAM <= 4 * M)
    }
    #expect(throws: AttentionError.self) { try plan(shape, .fit, .elements(5)) }
  }

  @Test("weighs values so that weights add up to 1, however scores are rounded")
  func weights() throws {
    // Scores of some tens, which bf16 rounds by more than a tenth.
    let shape = try AttentionShape(queries: 40, headDim: 16)
    let problem = try Problem(shape, precision: .bf16, scale: 8, seed: 12)
    let ones = try Tensor(shape: problem.value.shape, Array(repeating: 1, count: 640), of: .bf16)
    let result = try AttentionPlan(
      .squareTiling, shape: shape, precision: .bf16, scale: 8, tiling: .blocks(16, 8),
      on: machine())(query: problem.query, key: problem.key, value: ones)
    #expect(result.output.values.allSatisfy { $0 == 1 })
  }
}
