import FlashCore
import Foundation

extension Problem {
  /// The slope of Σ dO ∘ O along one element of an input, by central differences in Double.
  func slope(
    of input: String, at index: Int, options: AttentionOptions = AttentionOptions(),
    sees: (_ batch: Int, _ query: Int, _ key: Int) -> Bool
  ) -> Double {
    let h = 1e-5
    return (loss(input, index, h, options, sees) - loss(input, index, -h, options, sees)) / (2 * h)
  }

  /// Σ dO ∘ O with one element of an input changed by `step`.
  private func loss(
    _ input: String, _ index: Int, _ step: Double, _ options: AttentionOptions,
    _ sees: (Int, Int, Int) -> Bool
  ) -> Double {
    func values(_ name: String, _ tensor: Tensor) -> [Double] {
      var values = tensor.values.map(Double.init)
      if name == input { values[index] += step }
      return values
    }
    let q = values("query", query)
    let k = values("key", key)
    let v = values("value", value)
    let dO = outputGradient.values.map(Double.init)
    let (d, dv) = (shape.headDim, shape.valueDim)
    var loss = 0.0
    for matrix in 0..<shape.batch * shape.heads {
      let kv = matrix / (shape.heads / shape.kvHeads)
      for i in 0..<shape.queries {
        let row = matrix * shape.queries + i
        let weights = (0..<shape.keys).map { j -> Double in
          if !sees(matrix / shape.heads, i, j) { return 0 }
          var score = 0.0
          for f in 0..<d { score += q[row * d + f] * k[(kv * shape.keys + j) * d + f] }
          score *= Double(scale)
          if let cap = options.softcap.map(Double.init) { score = cap * tanh(score / cap) }
          if let slope = options.slopes?[matrix % shape.heads] {
            score -= Double(slope) * Double(abs(i + shape.keys - shape.queries - j))
          }
          return exp(score)
        }
        // 1/(1 − p) or 0 for each weight.
        let Z = (0..<shape.keys).map { j -> Double in
          guard let dropout = options.dropout else { return 1 }
          let isKept = dropout.keeps(
            batch: matrix / shape.heads, head: matrix % shape.heads, query: i, key: j)
          return isKept ? 1 / (1 - dropout.probability) : 0
        }
        let sum = weights.reduce(0, +)
        for j in 0..<shape.keys where sum > 0 {
          for f in 0..<dv {
            loss += dO[row * dv + f] * Z[j] * weights[j] / sum * v[(kv * shape.keys + j) * dv + f]
          }
        }
      }
    }
    return loss
  }
}
