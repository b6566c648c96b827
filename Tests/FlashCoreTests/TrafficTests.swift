import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("Traffic")
struct TrafficTests {
  let N = 64
  let d = 16

  func execution(_ algorithm: Algorithm, _ Br: Int, _ Bc: Int) throws -> Execution {
    let shape = try AttentionShape(queries: N, headDim: d)
    return try AttentionPlan(
      algorithm, shape: shape, tiling: .blocks(Br, Bc), on: machine(mode: .count)
    ).count()
  }

  @Test("of Algorithm 1 is what its lines say", arguments: [8, 16, 24, 64])
  func flash1(Bc: Int) throws {
    let run = try execution(.flash1, 16, Bc)
    let Tc = (N + Bc - 1) / Bc
    let main = run.ledger.traffic(in: .main)
    #expect(run.ledger.traffic(in: .initialize).readElements == 0)
    #expect(run.ledger.traffic(in: .initialize).writtenElements == N * d + 2 * N)  // line 2
    #expect(main.readElements == 2 * N * d + Tc * (2 * N * d + 2 * N))  // lines 6 and 8
    #expect(main.writtenElements == Tc * (N * d + 2 * N))  // lines 12 and 13
    #expect(run.traffic.readBytes == 4 * run.traffic.readElements)
    #expect(run.traffic.writtenBytes == 4 * run.traffic.writtenElements)
    for tensor in ["l", "m"] {
      #expect(run.ledger.traffic(of: tensor).readElements == Tc * N)
      #expect(run.ledger.traffic(of: tensor).writtenElements == (Tc + 1) * N)
    }
  }

  @Test("of FlashAttention-2 is what its lines say", arguments: [8, 16, 24, 64])
  func flash2(Br: Int) throws {
    let run = try execution(.flash2, Br, 16)
    let Tr = (N + Br - 1) / Br
    #expect(run.traffic.readElements == N * d + Tr * 2 * N * d)  // lines 4 and 7
    #expect(run.traffic.writtenElements == N * d + N)  // lines 14 and 15
    #expect(run.ledger.phases == [.main])
  }

  @Test("of standard attention is 4Nd + 4N² with one block of rows")
  func standard() throws {
    let run = try execution(.standard, N, 16)
    #expect(run.traffic.elements == 4 * N * d + 4 * N * N)
    #expect(run.ledger.traffic(of: "S").elements == 2 * N * N)
    #expect(run.ledger.traffic(of: "P").elements == 2 * N * N)
  }

  @Test("of standard attention reads S twice where a row does not fit")
  func standardInParts() throws {
    let shape = try AttentionShape(queries: 100, headDim: 4)
    for (M, passes) in [(102, 1), (101, 2), (70, 2)] {
      let plan = try AttentionPlan(
        .standard, shape: shape, on: machine(.elements(M), mode: .count))
      let run = try plan.count()
      #expect(run.ledger.traffic(of: "S").readElements == passes * 100 * 100, "M = \(M)")
      #expect(run.ledger == plan.closedForm)
    }
  }

  @Test("agrees with published counts of the queries-outer order")
  func published() throws {
    for (tokens, d, B, reads, writes) in [
      (1024, 64, 64, 2_162_688, 65_536), (4096, 64, 128, 17_039_360, 262_144),
      (32_768, 128, 158, 1_749_024_768, 4_194_304),
    ] {
      let run = try AttentionPlan(
        .flash2, shape: AttentionShape(queries: tokens, headDim: d), tiling: .blocks(B, B),
        on: machine(mode: .count)
      ).count()
      #expect(run.traffic.readElements == reads)
      #expect(run.ledger.traffic(of: "O").writtenElements == writes)
    }
  }

  @Test("of Algorithm 1 is what an H200 moved between its SMs and L2")
  func silicon() throws {
    // 264 heads, N = 1024, d = 64, blocks of 64, f32; bytes of the main phase.
    let run = try AttentionPlan(
      .flash1, shape: AttentionShape(heads: 264, queries: 1024, headDim: 64),
      tiling: .blocks(64, 64), on: machine(mode: .count)
    ).count()
    let main = run.ledger.traffic(in: .main)
    #expect(main.readBytes == 2_387_607_552)
    #expect(main.writtenBytes == 1_141_899_264)
  }

  @Test("counted, executed and in closed form is the same", arguments: Algorithm.allCases)
  func closedForm(algorithm: Algorithm) throws {
    let seed: UInt64 = 20_260_101
    var generator = SeededGenerator(seed: seed)
    for number in 0..<60 {
      let random = try RandomConfiguration(using: &generator, limit: 60)
      let comment: Comment = "seed \(seed), number \(number): \(algorithm) \(random)"
      let tiling = Tiling.blocks(random.blocks)
      let counting = try AttentionPlan(
        algorithm, shape: random.shape, tiling: tiling, on: machine(mode: .count))
      let counted = try counting.count()
      let executed = try Problem(random.shape, seed: 1).run(
        algorithm, tiling: tiling, on: machine()
      ).execution
      #expect(counted == executed, comment)
      #expect(counted.ledger == counting.closedForm, comment)
      #expect(counted.peakSRAM == counting.footprint, comment)
      let scores = random.shape.matrices * random.shape.queries * random.shape.keys
      #expect(
        counted.operations.matmul == 2 * scores * (random.shape.headDim + random.shape.valueDim),
        comment)
    }
  }

  @Test("does not depend on the data")
  func dataIndependence() throws {
    let shape = try AttentionShape(queries: 50, headDim: 8)
    for algorithm in Algorithm.allCases {
      let runs = try [1, 2].map {
        try Problem(shape, seed: $0).run(algorithm, tiling: .blocks(16, 12), on: machine())
      }
      #expect(runs[0].execution == runs[1].execution)
      #expect(runs[0].output.values != runs[1].output.values)
    }
  }
}
