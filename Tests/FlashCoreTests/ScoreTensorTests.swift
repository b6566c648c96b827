import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("A mask or a bias in HBM")
struct ScoreTensorTests {
  /// A mask that shows two keys of three, and a bias of small numbers, for some of batch and heads.
  private func operands(
    _ shape: AttentionShape, hasMask: Bool, biasType: ElementType?,
    using generator: inout SeededGenerator
  ) throws -> ScoreOperands {
    func size() -> [Int] {
      [
        Bool.random(using: &generator) ? 1 : shape.batch,
        Bool.random(using: &generator) ? 1 : shape.heads, shape.queries, shape.keys,
      ]
    }
    var operands = ScoreOperands()
    if hasMask {
      let size = size()
      let values = (0..<size.reduce(1, *)).map { _ in Int.random(in: 0..<3, using: &generator) > 0 }
      operands.mask = try Tensor(shape: size, values)
    }
    if let biasType {
      let size = size()
      let values = (0..<size.reduce(1, *)).map { _ in Float.random(in: -2...2, using: &generator) }
      operands.bias = try Tensor(shape: size, values, of: biasType)
    }
    return operands
  }

  private func options(_ operands: ScoreOperands) throws -> AttentionOptions {
    try AttentionOptions(
      maskTensor: operands.mask.map { try ScoreTensor($0, as: "mask") },
      bias: operands.bias.map { try ScoreTensor($0, as: "bias") })
  }

  @Test(
    "is counted as closed forms say, and changes scores as defined", arguments: Algorithm.allCases)
  func everything(algorithm: Algorithm) throws {
    let seed: UInt64 = 20_261_122
    var generator = SeededGenerator(seed: seed)
    for number in 0..<40 {
      let random = try RandomConfiguration(using: &generator, limit: 40)
      let biasTypes: [ElementType?] = [nil, .f32, .f16, .bf16]
      let biasType = biasTypes.randomElement(using: &generator)!
      let operands = try operands(
        random.shape, hasMask: biasType == nil || Bool.random(using: &generator),
        biasType: biasType, using: &generator)
      var options = try options(operands)
      if Bool.random(using: &generator) { options.mask.causal = .bottomRight }
      if Bool.random(using: &generator) { options.softcap = 4 }
      if Bool.random(using: &generator) {
        options.slopes = AttentionOptions.alibiSlopes(heads: random.shape.heads)
      }
      let precision = [Precision.f32, .f16].randomElement(using: &generator)!
      let pass = Pass.allCases.randomElement(using: &generator)!
      let comment: Comment =
        "seed \(seed), number \(number): \(algorithm) \(pass) \(options) \(random) \(precision)"
      let counting = try AttentionPlan(
        algorithm, pass: pass, shape: random.shape, options: options, precision: precision,
        tiling: .blocks(random.blocks), on: machine(mode: .count))
      let counted = try counting.count()
      let problem = try Problem(random.shape, precision: precision, seed: UInt64(number))
      let result = try problem.run(
        algorithm, pass: pass, options: options, scores: operands, tiling: .blocks(random.blocks),
        on: machine())
      #expect(counted == result.execution, comment)
      #expect(counted.ledger == counting.closedForm, comment)
      #expect(counted.peakSRAM == counting.footprint, comment)
      let mistakes = problem.mistakes(
        in: result, options: options,
        sums: (random.shape.keys + random.blocks.columns - 1) / random.blocks.columns,
        of: algorithm, scores: operands
      ) { _, query, key in
        options.mask.causal == nil || key <= query + random.shape.keys - random.shape.queries
      }
      #expect(mistakes == [], comment)
    }
  }

  @Test("equal to a rule gives the rule's values", arguments: Algorithm.allCases)
  func causal(algorithm: Algorithm) throws {
    let shape = try AttentionShape(heads: 2, queries: 50, headDim: 16)
    let problem = try Problem(shape, seed: 2)
    let mask = try Tensor(
      shape: [1, 1, 50, 50], (0..<2500).map { $0 % 50 <= $0 / 50 })
    let tiling = Tiling.blocks(16, 16)
    let ruled = try problem.run(
      algorithm, pass: .both, mask: .causal(), tiling: tiling, on: machine())
    let masked = try problem.run(
      algorithm, pass: .both, options: try options(ScoreOperands(mask: mask)),
      scores: ScoreOperands(mask: mask), tiling: tiling, on: machine())
    if algorithm == .flash1 {
      // A block without weights rescales its rows by ℓ/ℓ.
      #expect(problem.mistakes(in: masked) { _, query, key in key <= query } == [])
    } else {
      #expect(masked.output.values == ruled.output.values)
      #expect(masked.gradients?.query.values == ruled.gradients?.query.values)
      #expect(masked.gradients?.key.values == ruled.gradients?.key.values)
    }
    let perHead = [.standard, .standardEager].contains(algorithm) ? 50 * 50 : 16 * 50
    #expect(masked.execution.ledger.traffic(of: "mask").readBytes >= 2 * perHead)
  }

  @Test("shows nothing: output 0, log-sum-exp −∞, gradients 0", arguments: Algorithm.allCases)
  func nothing(algorithm: Algorithm) throws {
    let shape = try AttentionShape(queries: 20, headDim: 8)
    let problem = try Problem(shape, seed: 2)
    for operands in [
      ScoreOperands(mask: try Tensor(shape: [1, 1, 20, 20], Array(repeating: false, count: 400))),
      ScoreOperands(
        bias: try Tensor(shape: [1, 1, 20, 20], Array(repeating: -.infinity, count: 400))),
    ] {
      var options = try options(operands)
      for softcap in [nil, 3 as Float?] {
        options.softcap = softcap
        let result = try problem.run(
          algorithm, pass: .both, options: options, scores: operands, tiling: .blocks(16, 8),
          on: machine())
        #expect(result.output.values.allSatisfy { $0 == 0 })
        #expect(result.logSumExp.values.allSatisfy { $0 == -.infinity })
        for gradient in [result.gradients?.query, result.gradients?.key, result.gradients?.value] {
          #expect(gradient?.values.allSatisfy { $0 == 0 } == true)
        }
      }
    }
  }

  @Test("of another shape or type is refused, with both")
  func mistakes() throws {
    let shape = try AttentionShape(batch: 2, heads: 4, queries: 20, keys: 30, headDim: 8)
    func error(_ options: AttentionOptions) -> String? {
      do throws(AttentionError) {
        _ = try AttentionPlan(.flash2, shape: shape, options: options, on: machine(mode: .count))
        return nil
      } catch {
        return error.description
      }
    }
    func tensor(
      _ type: ElementType, batch: Int = 1, heads: Int = 1, queries: Int = 20, keys: Int = 30
    ) -> ScoreTensor {
      ScoreTensor(batch: batch, heads: heads, queries: queries, keys: keys, elementType: type)
    }
    for (options, sentence) in [
      (AttentionOptions(maskTensor: tensor(.bool)), nil),
      (AttentionOptions(maskTensor: tensor(.bool, batch: 2, heads: 4)), nil),
      (
        AttentionOptions(maskTensor: tensor(.bool, queries: 19)),
        "The mask has 19 queries, and the problem 20."
      ),
      (
        AttentionOptions(bias: tensor(.f16, keys: 31)), "The bias has 31 keys, and the problem 30."
      ),
      (
        AttentionOptions(bias: tensor(.f16, heads: 2)), "The bias has 2 heads, and the problem 4."
      ),
      (
        AttentionOptions(bias: tensor(.f16, batch: 3)), "The bias has 3 batches, and the problem 2."
      ),
      (
        AttentionOptions(maskTensor: tensor(.f32)),
        "The mask has elements of f32 where bool is expected."
      ),
      (AttentionOptions(bias: tensor(.bool)), "A bias of truth values cannot be added to scores."),
    ] as [(AttentionOptions, String?)] {
      #expect(error(options) == sentence)
    }
    let plan = try AttentionPlan(
      .flash2, shape: AttentionShape(queries: 4, headDim: 2),
      options: AttentionOptions(bias: ScoreTensor(queries: 4, keys: 4, elementType: .f32)),
      on: machine())
    let problem = try Problem(plan.shape, seed: 1)
    #expect(throws: AttentionError.self) {
      _ = try plan(
        query: problem.query, key: problem.key, value: problem.value,
        bias: Tensor(shape: [1, 1, 4, 4], Array(repeating: 0, count: 16), of: .f16))
    }
  }
}
