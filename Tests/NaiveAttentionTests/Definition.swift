import Foundation
import NaiveAttention

/// Attention as it is written down: no BLAS, no blocks, every sum from first to last.
///
/// Arithmetic is that of `Scalar`, of which exp and log are rounded from float64.
func definition<Scalar: BinaryFloatingPoint>(
  _ input: Inputs, scale: Float? = nil, as: Scalar.Type = Double.self
) -> (output: [Scalar], logSumExp: [Scalar]) {
  let shape = input.shape
  let (Nq, Nk, d, dv) = (shape.queries, shape.keys, shape.headDim, shape.valueDim)
  let tau = Scalar(scale ?? Float(1 / Double(d).squareRoot()))
  var output: [Scalar] = []
  var logSumExp: [Scalar] = []
  for batch in 0..<shape.batch {
    for head in 0..<shape.heads {
      let kvHead = batch * shape.kvHeads + head / (shape.heads / shape.kvHeads)
      for i in 0..<Nq {
        let q = ((batch * shape.heads + head) * Nq + i) * d
        var scores = [Scalar](repeating: 0, count: Nk)
        for j in 0..<Nk {
          let k = (kvHead * Nk + j) * d
          for x in 0..<d { scores[j] += Scalar(input.query[q + x]) * Scalar(input.key[k + x]) }
          scores[j] *= tau
        }
        let m = scores.reduce(-.infinity) { $1.isNaN ? $1 : max($0, $1) }
        let weights = scores.map { m == -.infinity ? 0 : Scalar(exp(Double($0 - m))) }
        let l = weights.reduce(0, +)
        for x in 0..<dv {
          var o: Scalar = 0
          for j in 0..<Nk where l != 0 {
            o += weights[j] / l * Scalar(input.value[(kvHead * Nk + j) * dv + x])
          }
          output.append(o)
        }
        logSumExp.append(m + Scalar(log(Double(l))))
      }
    }
  }
  return (output, logSumExp)
}
