internal import FlashCore
internal import HBMSim
internal import NaiveAttention

/// Random queries, keys and values, and what attention of them is in float64.
struct ExactProblem {
  let shape: FlashCore.AttentionShape
  private let query: Tensor
  private let key: Tensor
  private let value: Tensor
  /// O and L.
  private let exact: NaiveAttention.AttentionResult<Double>
  /// P|V|, of whose elements the errors of O are a part.
  private let magnitudes: [Double]

  /// Standard normal tensors, the same on every machine.
  init(_ shape: FlashCore.AttentionShape, seed: UInt64) throws {
    let input = try AttentionInput(normal: shape, seed: seed)
    try self.init(shape, query: input.query, key: input.key, value: input.value)
  }

  private init(
    _ shape: FlashCore.AttentionShape, query: Tensor, key: Tensor, value: Tensor
  ) throws {
    self.shape = shape
    self.query = query
    self.key = key
    self.value = value
    func attention(_ value: [Float]) throws -> NaiveAttention.AttentionResult<Double> {
      try referenceAttention(
        query: query.values.span, key: key.values.span, value: value.span,
        shape: NaiveAttention.AttentionShape(
          batch: shape.batch, heads: shape.heads, kvHeads: shape.kvHeads, queries: shape.queries,
          keys: shape.keys, headDim: shape.headDim, valueDim: shape.valueDim))
    }
    exact = try attention(value.values)
    magnitudes = try attention(value.values.map(abs)).output
  }

  /// The same queries on some of the keys.
  func restricted(to keys: Range<Int>) throws -> ExactProblem {
    var shape = shape
    shape.keys = keys.count
    let all = self.shape.keys
    func rows(_ tensor: Tensor, _ width: Int) throws -> Tensor {
      let values = tensor.values
      var part: [Float] = []
      for matrix in 0..<shape.kvMatrices {
        let first = matrix * all + keys.lowerBound
        part += values[first * width..<(first + keys.count) * width]
      }
      return try Tensor(shape: [shape.batch, shape.kvHeads, keys.count, width], part)
    }
    return try ExactProblem(
      shape, query: query, key: rows(key, shape.headDim), value: rows(value, shape.valueDim))
  }

  /// Runs an algorithm.
  func run(
    _ algorithm: Algorithm, tiling: Tiling = .fit, splits: Int? = nil, on machine: Machine
  ) throws -> (plan: AttentionPlan, result: FlashCore.AttentionResult) {
    let plan = try AttentionPlan(
      algorithm, shape: shape, tiling: tiling, splits: splits, on: machine)
    return (plan, try plan(query: query, key: key, value: value))
  }

  /// Whether O and L are within what roundings allow, and the greatest that they allow O.
  func check(
    _ result: FlashCore.AttentionResult, _ plan: AttentionPlan
  ) -> (isWithin: Bool, bound: Double) {
    let bound = RoundingBound(plan, query: query.values, key: key.values)
    let output = result.output.values
    let logSumExp = result.logSumExp.values
    var isWithin = output.count == exact.output.count
    var greatest = 0.0
    for row in logSumExp.indices where isWithin {
      isWithin = abs(Double(logSumExp[row]) - exact.logSumExp[row]) <= bound.logSumExp[row]
      for i in row * shape.valueDim..<(row + 1) * shape.valueDim {
        let allowed = magnitudes[i] * bound.relative[row]
        greatest = max(greatest, allowed)
        // Not `>`, which a NaN would pass.
        if !(abs(Double(output[i]) - exact.output[i]) <= allowed) { isWithin = false }
      }
    }
    return (isWithin, greatest)
  }
}
