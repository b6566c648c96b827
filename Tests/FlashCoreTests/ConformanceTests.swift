import FlashCore
import Foundation
import HBMSim
import TestSupport
import Testing

/// Everything with everything: algorithm × pass × mask × pattern × scores × dropout × shape × tiling ×
/// type × instruction set, so that every three choices meet.
@Suite("Conformance")
struct ConformanceTests {
  /// Sizes of a batch of 2: square, tails, grouped heads, more keys and fewer, values of another width,
  /// a single query.
  static let shapes: [(heads: Int, kvHeads: Int, queries: Int, keys: Int, d: Int, dv: Int)] = [
    (1, 1, 32, 32, 16, 16), (4, 2, 33, 33, 20, 5), (2, 1, 1, 47, 8, 8), (3, 3, 25, 40, 7, 33),
    (2, 2, 41, 26, 1, 3), (1, 1, 50, 50, 64, 64),
  ]

  static let tilings: [Tiling] = [
    .blocks(16, 16), .blocks(50, 30), .blocks(7, 33), .blocks(64, 8), .fit, .fast,
  ]

  static let precisions: [Precision] = [.f32] + PrecisionTests.precisions

  static let patterns: [BlockPattern] = [
    .full, .butterfly(factors: nil), .local(width: 1), .random(density: 0.4, seed: 9),
  ]

  /// What is done to scores.
  enum Terms: CaseIterable {
    case none, softcap, slopes, bias, maskTensor, all

    func has(_ term: Terms) -> Bool { self == term || self == .all }
  }

  private static let seed: UInt64 = 20_261_123

  @Test("of all options, in every combination of three")
  func everything() async throws {
    var generator = SeededGenerator(seed: Self.seed)
    let masks = MaskCase.all(queries: 32, keys: 32).count + 1
    let array = CoveringArray(
      sizes: [
        Algorithm.allCases.count, Pass.allCases.count, masks, Self.patterns.count,
        Terms.allCases.count, 2, Self.shapes.count, Self.tilings.count, Self.precisions.count,
        InstructionSet.available.count,
      ], using: &generator)
    let parts = 8
    let mistakes = try await withThrowingTaskGroup(of: [String].self) { group in
      for part in 0..<parts {
        group.addTask {
          try stride(from: part, to: array.rows.count, by: parts)
            .flatMap { try Self.mistakes(row: array.rows[$0], number: $0) }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    for mistake in mistakes { Issue.record("\(mistake)") }
    print("Conformance: \(array.rows.count) cases, seed \(Self.seed).")
  }

  /// What is wrong with a case, in words.
  private static func mistakes(row: [Int], number: Int) throws -> [String] {
    let size = shapes[row[6]]
    let shape = try AttentionShape(
      batch: 2, heads: size.heads, kvHeads: size.kvHeads, queries: size.queries, keys: size.keys,
      headDim: size.d, valueDim: size.dv)
    let (algorithm, pass) = (Algorithm.allCases[row[0]], Pass.allCases[row[1]])
    let mask =
      ([MaskCase("none", .none) { _, _, _ in true }]
      + MaskCase.all(queries: size.queries, keys: size.keys))[row[2]]
    let terms = Terms.allCases[row[4]]
    let precision = precisions[row[8]]
    let simd = InstructionSet.available[row[9]]
    var scores = ScoreOperands()
    var options = AttentionOptions(
      mask: mask.mask, pattern: patterns[row[3]],
      softcap: terms.has(.softcap) ? 2 : nil,
      slopes: terms.has(.slopes) ? AttentionOptions.alibiSlopes(heads: size.heads) : nil,
      dropout: row[5] == 0 ? nil : Dropout(probability: 0.2, seed: 77))
    if terms.has(.bias) {
      scores.bias = try Tensor(
        normal: [1, size.heads, size.queries, size.keys], seed: UInt64(number)
      ).converted(to: precision.elementType)
      options.bias = try ScoreTensor(scores.bias!, as: "bias")
    }
    if terms.has(.maskTensor) {
      var generator = SeededGenerator(seed: UInt64(number))
      scores.mask = try Tensor(
        shape: [2, 1, size.queries, size.keys],
        (0..<2 * size.queries * size.keys).map { _ in Int.random(in: 0..<4, using: &generator) > 0 }
      )
      options.maskTensor = try ScoreTensor(scores.mask!, as: "mask")
    }
    scores.ownKey = ownKey(mask.mask, size.queries, size.keys)

    // What is chosen, for little SRAM; explicit blocks in as much as they need.
    let tiling = tilings[row[7]]
    let sram: Capacity = [.fit, .fast].contains(tiling) ? .kibibytes(96) : .unlimited
    var host = machine(sram)
    host.simd = simd
    let counting = try AttentionPlan(
      algorithm, pass: pass, shape: shape, options: options, precision: precision, tiling: tiling,
      on: machine(sram, mode: .count))
    let counted = try counting.count()
    let problem = try Problem(shape, precision: precision, seed: UInt64(number))
    let result = try problem.run(
      algorithm, pass: pass, options: options, scores: scores, tiling: tiling, on: host)

    var mistakes: [String] = []
    if counted != result.execution { mistakes.append("execution differs from count") }
    if counted.ledger != counting.closedForm { mistakes.append("closed form differs from count") }
    // Less where no block of the full size is computed.
    if counted.peakSRAM > counting.footprint { mistakes.append("the peak exceeds the footprint") }
    let blocks = counting.blocks
    let sees = visible(options.pattern, blocks, shape, mask)
    mistakes += problem.mistakes(
      in: result, options: options,
      sums: (size.keys + blocks.columns - 1) / blocks.columns, of: algorithm, scores: scores,
      sees: sees)
    return mistakes.map {
      "case \(number): \(algorithm) \(pass) \(mask) \(options.pattern) \(terms) "
        + "dropout \(row[5]) \(size) \(blocks) \(precision) \(simd): \($0)"
    }
  }

  /// The key that a query has no distance from, by definition.
  private static func ownKey(_ mask: Mask, _ queries: Int, _ keys: Int) -> (Int) -> Int {
    { i in
      var (q, k) = (0..<queries, 0..<keys)
      if let packing = mask.packing {
        for s in 0..<packing.queries.count - 1
        where packing.queries[s] <= i && i < packing.queries[s + 1] {
          q = packing.queries[s]..<packing.queries[s + 1]
          k = packing.keys[s]..<packing.keys[s + 1]
        }
      }
      return k.lowerBound + i - q.lowerBound + (mask.causal == .topLeft ? 0 : k.count - q.count)
    }
  }

  /// Who sees whom through a mask and a pattern, by definition.
  private static func visible(
    _ pattern: BlockPattern, _ blocks: Blocks, _ shape: AttentionShape, _ mask: MaskCase
  ) -> (_ batch: Int, _ query: Int, _ key: Int) -> Bool {
    let side = max(blocks.rows, blocks.columns)
    let layout = pattern.layout((max(shape.queries, shape.keys) + side - 1) / side)
    return { batch, i, j in
      mask.sees(batch, i, j)
        && layout[i / blocks.rows * blocks.rows / side][j / blocks.columns * blocks.columns / side]
    }
  }
}
