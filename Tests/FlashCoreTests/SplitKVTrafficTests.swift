import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("The traffic of split keys")
struct SplitKVTrafficTests {
  private func count(_ shape: AttentionShape, _ tiling: Tiling, splits: Int?) throws -> Execution {
    try AttentionPlan(
      .splitKV, shape: shape, tiling: tiling, splits: splits, on: machine(mode: .count)
    ).count()
  }

  @Test("is that of the steps, and of a reduction where there are several chunks")
  func steps() throws {
    let (N, Nk, d, dv) = (40, 60, 16, 24)
    let shape = try AttentionShape(queries: N, keys: Nk, headDim: d, valueDim: dv)
    for (splits, chunks) in [(1, 1), (2, 2), (3, 3), (4, 3), (5, 3), (6, 6), (9, 6)] {
      // T_r = 4 blocks of queries, T_c = 6 of keys.
      let run = try count(shape, .blocks(10, 10), splits: splits)
      let main = run.ledger.traffic(in: .main)
      let reduce = run.ledger.traffic(in: Phase("reduce"))
      #expect(main.readElements == chunks * N * d + 4 * Nk * (d + dv))
      #expect(main.writtenElements == chunks * N * (dv + 1))
      #expect(reduce.readElements == (chunks == 1 ? 0 : chunks * N * (dv + 1)))
      #expect(reduce.writtenElements == (chunks == 1 ? 0 : N * (dv + 1)))
      #expect(
        Set(run.ledger.tensors)
          == Set(["Q", "K", "V", "O", "LSE"] + (chunks == 1 ? [] : ["O_partial", "LSE_partial"])))
    }
  }

  @Test("counted, executed and in closed form is the same, and the peak the footprint")
  func closedForm() throws {
    let seed: UInt64 = 20_261_122
    var generator = SeededGenerator(seed: seed)
    for number in 0..<80 {
      let random = try RandomConfiguration(using: &generator, limit: 50)
      let splits = Int.random(in: 1...9, using: &generator)
      let precision = [Precision.f32, .f16, .bf16].randomElement(using: &generator)!
      let pass = Pass.allCases.randomElement(using: &generator)!
      var options = AttentionOptions(
        dropout: Bool.random(using: &generator) ? Dropout(probability: 0.2, seed: 1) : nil)
      if Bool.random(using: &generator) { options.mask.causal = .topLeft }
      let comment: Comment =
        "seed \(seed), number \(number): \(pass) \(splits) \(precision) \(random)"
      let plan = try AttentionPlan(
        .splitKV, pass: pass, shape: random.shape, options: options, precision: precision,
        tiling: .blocks(random.blocks), splits: splits, on: machine(mode: .count))
      let counted = try plan.count()
      let executed = try Problem(random.shape, precision: precision, seed: 1).run(
        .splitKV, pass: pass, options: options, tiling: .blocks(random.blocks), splits: splits,
        on: machine()
      ).execution
      #expect(counted == executed, comment)
      #expect(counted.ledger == plan.closedForm, comment)
      #expect(counted.peakSRAM == plan.footprint, comment)
    }
  }

  @Test("has K and V once for all heads that share them")
  func sharedKeys() throws {
    func traffic(_ algorithm: Algorithm, kvHeads: Int, _ tensor: String) throws -> Traffic {
      try AttentionPlan(
        algorithm,
        shape: AttentionShape(heads: 4, kvHeads: kvHeads, queries: 1, keys: 4096, headDim: 64),
        tiling: .blocks(1, 64), splits: 8, on: machine(mode: .count)
      ).count().ledger.traffic(of: tensor)
    }
    for tensor in ["K", "V"] {
      let own = try traffic(.splitKV, kvHeads: 4, tensor)
      #expect(own.readElements == 4 * 4096 * 64)
      #expect(try traffic(.splitKV, kvHeads: 1, tensor) * 4 == own)
      #expect(try traffic(.flash2, kvHeads: 1, tensor) == own)
    }
    for tensor in ["Q", "O", "O_partial", "LSE_partial"] {
      #expect(
        try traffic(.splitKV, kvHeads: 1, tensor) == traffic(.splitKV, kvHeads: 4, tensor))
    }
  }

  @Test(
    "of one query is its keys', once", arguments: [1, 2, 3, 7, 16, 33, 64, 100, 128, 256],
    [1, 1000, 65_536])
  func decoding(d: Int, keys: Int) throws {
    let shape = try AttentionShape(heads: 8, kvHeads: 2, queries: 1, keys: keys, headDim: d)
    let plan = try AttentionPlan(
      .splitKV, shape: shape, on: machine(.kibibytes(192), mode: .count))
    let counted = try plan.count()
    #expect(counted.ledger == plan.closedForm)
    #expect(counted.peakSRAM == plan.footprint && plan.footprint <= 192 * 1024)
    for tensor in ["K", "V"] {
      #expect(counted.ledger.traffic(of: tensor).elements == 2 * keys * d)
    }
    #expect(counted.operations.matmul == 2 * 8 * keys * 2 * d)
  }

  @Test("of one query and 65536 keys is what is executed too")
  func execution() throws {
    let shape = try AttentionShape(
      heads: 2, kvHeads: 1, queries: 1, keys: 65_536, headDim: 7, valueDim: 4)
    let problem = try Problem(shape, seed: 17)
    let sram = Capacity.kibibytes(192)
    let plan = try AttentionPlan(.splitKV, shape: shape, on: machine(sram, mode: .count))
    let result = try problem.run(.splitKV, on: machine(sram))
    #expect(plan.splits! > 1)
    #expect(try plan.count() == result.execution)
    #expect(problem.mistakes(in: result) == [])
  }
}
