import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("What lies in HBM")
struct HBMFootprintTests {
  /// Options that add tensors, alone and together, in a problem of 2 sequences, 4 heads and 30 × 37 scores.
  static var options: [(String, AttentionOptions)] {
    let dropout = Dropout(probability: 0.2, seed: 7)
    let mask = ScoreTensor(batch: 2, queries: 30, keys: 37, elementType: .bool)
    let bias = ScoreTensor(heads: 4, queries: 30, keys: 37, elementType: .f32)
    return [
      ("nothing", AttentionOptions()),
      ("dropout", AttentionOptions(dropout: dropout)),
      ("soft cap", AttentionOptions(softcap: 2)),
      ("causal", AttentionOptions(mask: .causal())),
      ("mask and bias", AttentionOptions(maskTensor: mask, bias: bias)),
      (
        "all of them",
        AttentionOptions(
          mask: .causal(), maskTensor: mask, bias: bias, softcap: 2, dropout: dropout)
      ),
    ]
  }

  private func shape() throws -> AttentionShape {
    try AttentionShape(
      batch: 2, heads: 4, kvHeads: 2, queries: 30, keys: 37, headDim: 6, valueDim: 5)
  }

  private static let half = Precision(.f16)
  private static let halfAndSums = Precision(.f16, accumulatorType: .f32)

  @Test("counted, executed and in closed form is the same tensors", arguments: Algorithm.allCases)
  func closedForm(algorithm: Algorithm) throws {
    for pass in Pass.allCases {
      for (name, options) in Self.options {
        for precision in [Precision.f32, Self.half, Self.halfAndSums] {
          for splits in algorithm == .splitKV ? [1, 3] : [nil] {
            let comment: Comment = "\(algorithm) \(pass) \(name) \(precision) \(splits as Int?)"
            func plan(_ mode: Machine.Mode) throws -> AttentionPlan {
              try AttentionPlan(
                algorithm, pass: pass, shape: shape(), options: options, precision: precision,
                tiling: .blocks(8, 10), splits: splits, on: machine(mode: mode))
            }
            let counting = try plan(.count)
            let counted = try counting.count()
            #expect(counting.hbmFootprint(of: counted) == counting.hbmFootprint, comment)
            #expect(
              counting.hbmFootprint.bytes == counted.allocations.reduce(0) { $0 + $1.bytes },
              comment)
            let executed = try run(plan(.execute)).execution
            #expect(executed.allocations == counted.allocations, comment)
          }
        }
      }
    }
  }

  private func run(_ plan: AttentionPlan) throws -> AttentionResult {
    let (shape, options) = (plan.shape, plan.options)
    func tensor(_ shape: [Int], _ type: ElementType) throws -> Tensor {
      try Tensor(normal: shape, seed: 1).converted(to: type)
    }
    func tensor(_ planned: ScoreTensor?) throws -> Tensor? {
      guard let planned else { return nil }
      let sizes = [planned.batch, planned.heads, planned.queries, planned.keys]
      if planned.elementType != .bool { return try tensor(sizes, planned.elementType) }
      return try Tensor(shape: sizes, [Bool](repeating: true, count: sizes.reduce(1, *)))
    }
    let type = plan.precision.elementType
    let queries = [shape.batch, shape.heads, shape.queries]
    let keys = [shape.batch, shape.kvHeads, shape.keys]
    return try plan(
      query: tensor(queries + [shape.headDim], type), key: tensor(keys + [shape.headDim], type),
      value: tensor(keys + [shape.valueDim], type),
      outputGradient: tensor(queries + [shape.valueDim], type), mask: tensor(options.maskTensor),
      bias: tensor(options.bias))
  }

  @Test("is what each algorithm is known to keep, by role")
  func roles() throws {
    let (N, d) = (64, 16)
    let (X, Y) = (2 * N * d, 2 * N * N)
    for (algorithm, pass, input, output, saved, temporary) in [
      (Algorithm.standard, Pass.forward, 3 * X, X, Y, Y),
      (.standard, .both, 4 * X, 4 * X, Y, 3 * Y),
      (.standardEager, .both, 4 * X, 4 * X, X + Y, X + 3 * Y),
      (.flash1, .forward, 3 * X, X, 8 * N, 0),
      (.flash1, .both, 4 * X, 4 * X, 8 * N, 0),
      (.flash2, .backward, 4 * X, 4 * X, 4 * N, 4 * N),
      (.splitKV, .forward, 3 * X, X, 4 * N, 2 * (2 * X + 4 * N)),
      (.squareTiling, .both, 4 * X, 4 * X, Y + 8 * N, Y + 4 * N),
    ] {
      let plan = try AttentionPlan(
        algorithm, pass: pass, shape: AttentionShape(queries: N, headDim: d), precision: .f16,
        tiling: .blocks(16, 16), splits: algorithm == .splitKV ? 2 : nil, on: machine(mode: .count))
      let footprint = try plan.hbmFootprint(of: plan.count())
      let comment: Comment = "\(algorithm) \(pass)"
      #expect(footprint.bytes(of: .input) == input, comment)
      #expect(footprint.bytes(of: .output) == output, comment)
      #expect(footprint.bytes(of: .saved) == saved, comment)
      #expect(footprint.bytes(of: .temporary) == temporary, comment)
      #expect(footprint.bytes == input + output + saved + temporary, comment)
      #expect(footprint.bytes(of: "Q") == X, comment)
    }
  }

  @Test("has the scores among what is saved only where a soft cap needs them again")
  func scores() throws {
    for algorithm in [Algorithm.standard, .standardEager] {
      for (softcap, role) in [(nil, TensorRole.temporary), (Float(2), .saved)] {
        let plan = try AttentionPlan(
          algorithm, pass: .both, shape: AttentionShape(queries: 8, headDim: 4),
          options: AttentionOptions(softcap: softcap), on: machine(mode: .count))
        let scores = plan.hbmFootprint.entries.filter { $0.allocation.name == "S" }
        #expect(scores.map(\.role) == [role], "\(algorithm)")
      }
    }
  }
}
