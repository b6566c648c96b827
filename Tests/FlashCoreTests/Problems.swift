import FlashCore
import HBMSim
import TestSupport

/// A problem with its inputs, what Double makes of it, and what Float does, by definition.
struct Problem: CustomStringConvertible {
  let shape: AttentionShape
  let query: Tensor
  let key: Tensor
  let value: Tensor
  let scale: Float

  init(_ shape: AttentionShape, scale: Float? = nil, seed: UInt64) throws {
    self.shape = shape
    self.scale = scale ?? 1 / Float(shape.headDim).squareRoot()
    query = try Tensor(
      normal: [shape.batch, shape.heads, shape.queries, shape.headDim], seed: 3 * seed)
    key = try Tensor(
      normal: [shape.batch, shape.kvHeads, shape.keys, shape.headDim], seed: 3 * seed + 1)
    value = try Tensor(
      normal: [shape.batch, shape.kvHeads, shape.keys, shape.valueDim], seed: 3 * seed + 2)
  }

  var description: String { "\(shape)" }

  /// Runs an algorithm.
  func run(
    _ algorithm: Algorithm, tiling: Tiling = .fit, on machine: Machine
  ) throws -> AttentionResult {
    try AttentionPlan(algorithm, shape: shape, scale: scale, tiling: tiling, on: machine)(
      query: query, key: key, value: value)
  }

  /// softmax(τ·QKᵀ)V and its log-sum-exp, computed in `Number` by definition.
  func definition<Number: BinaryFloatingPoint>(
    in _: Number.Type, exp: (Number) -> Number, log: (Number) -> Number
  ) -> (output: [Number], logSumExp: [Number]) {
    let q = query.values
    let k = key.values
    let v = value.values
    let (d, dv) = (shape.headDim, shape.valueDim)
    var output: [Number] = []
    var logSumExp: [Number] = []
    for matrix in 0..<shape.batch * shape.heads {
      let kv = matrix / (shape.heads / shape.kvHeads)
      for i in 0..<shape.queries {
        let qi = (matrix * shape.queries + i) * d
        var scores: [Number] = []
        for j in 0..<shape.keys {
          let kj = (kv * shape.keys + j) * d
          var sum: Number = 0
          for f in 0..<d { sum += Number(q[qi + f]) * Number(k[kj + f]) }
          scores.append(Number(scale) * sum)
        }
        let maximum = scores.reduce(-.infinity) { $1 > $0 ? $1 : $0 }
        let offset = maximum == -.infinity ? 0 : maximum
        let weights = scores.map { exp($0 - offset) }
        let sum = weights.reduce(0, +)
        logSumExp.append(offset + log(sum))
        var row = [Number](repeating: 0, count: dv)
        for j in 0..<shape.keys {
          let vj = (kv * shape.keys + j) * dv
          for f in 0..<dv { row[f] += weights[j] * Number(v[vj + f]) }
        }
        output += row.map { sum == 0 ? 0 : $0 / sum }
      }
    }
    return (output, logSumExp)
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
