import FlashCore
import HBMSim
import TestSupport

/// A problem with its inputs, what Double makes of it, and what Float does, by definition.
struct Problem: CustomStringConvertible {
  let shape: AttentionShape
  let query: Tensor
  let key: Tensor
  let value: Tensor
  let outputGradient: Tensor
  let scale: Float
  let precision: Precision

  init(
    _ shape: AttentionShape, precision: Precision = .f32, scale: Float? = nil, seed: UInt64
  ) throws {
    self.shape = shape
    self.precision = precision
    self.scale = scale ?? 1 / Float(shape.headDim).squareRoot()
    let type = precision.elementType
    query = try Tensor(
      normal: [shape.batch, shape.heads, shape.queries, shape.headDim], seed: 3 * seed
    ).converted(to: type)
    key = try Tensor(
      normal: [shape.batch, shape.kvHeads, shape.keys, shape.headDim], seed: 3 * seed + 1
    ).converted(to: type)
    value = try Tensor(
      normal: [shape.batch, shape.kvHeads, shape.keys, shape.valueDim], seed: 3 * seed + 2
    ).converted(to: type)
    outputGradient = try Tensor(
      normal: [shape.batch, shape.heads, shape.queries, shape.valueDim], seed: 3 * seed + 7
    ).converted(to: type)
  }

  var description: String { "\(shape)" }

  /// Runs an algorithm.
  func run(
    _ algorithm: Algorithm, pass: Pass = .forward, mask: Mask = .none, tiling: Tiling = .fit,
    on machine: Machine
  ) throws -> AttentionResult {
    try run(
      algorithm, pass: pass, options: AttentionOptions(mask: mask), tiling: tiling, on: machine)
  }

  /// Runs an algorithm with options.
  func run(
    _ algorithm: Algorithm, pass: Pass = .forward, options: AttentionOptions,
    scores: ScoreOperands = ScoreOperands(), tiling: Tiling = .fit, splits: Int? = nil,
    on machine: Machine
  ) throws -> AttentionResult {
    try AttentionPlan(
      algorithm, pass: pass, shape: shape, options: options, precision: precision, scale: scale,
      tiling: tiling, splits: splits, on: machine)(
        query: query, key: key, value: value,
        outputGradient: pass == .forward ? nil : outputGradient, mask: scores.mask,
        bias: scores.bias)
  }
}

/// A machine with blocks that cut ragged edges off everything.
func machine(
  _ sram: Capacity = .unlimited, mode: Machine.Mode = .execute, threads: Int = Machine.hostCores
) -> Machine {
  Machine(sram: sram, mode: mode, threads: threads)
}

extension Tiling {
  /// Explicit block sizes.
  static func blocks(_ rows: Int, _ columns: Int) -> Tiling {
    .blocks(Blocks(rows: rows, columns: columns))
  }
}

/// Sizes that hurt: 1, primes, ragged last blocks, more keys than queries and the other way,
/// grouped heads, values wider and narrower than keys.
func awkwardShapes() throws -> [AttentionShape] {
  [
    try AttentionShape(queries: 1, headDim: 1),
    try AttentionShape(queries: 1, keys: 100, headDim: 7),
    try AttentionShape(queries: 100, keys: 1, headDim: 16),
    try AttentionShape(batch: 2, heads: 3, queries: 33, keys: 47, headDim: 20, valueDim: 5),
    try AttentionShape(heads: 4, kvHeads: 2, queries: 64, headDim: 32),
    try AttentionShape(heads: 2, kvHeads: 1, queries: 17, keys: 129, headDim: 8, valueDim: 40),
    try AttentionShape(queries: 130, keys: 70, headDim: 64),
  ]
}

/// Random sizes, block sizes included.
struct RandomConfiguration: CustomStringConvertible {
  let shape: AttentionShape
  let blocks: Blocks

  init(using generator: inout SeededGenerator, limit: Int) throws {
    func size(_ limit: Int) -> Int { Int.random(in: 1...limit, using: &generator) }
    let kvHeads = size(3)
    shape = try AttentionShape(
      batch: size(2), heads: kvHeads * size(3), kvHeads: kvHeads, queries: size(limit),
      keys: size(limit), headDim: size(40), valueDim: size(40))
    blocks = Blocks(rows: size(limit + 8), columns: size(limit + 8))
  }

  var description: String { "\(shape) in blocks of \(blocks)" }
}
