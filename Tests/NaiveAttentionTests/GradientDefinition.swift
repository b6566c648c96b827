import Foundation
import NaiveAttention

/// Attention and its gradients as they are written down, in float64: no BLAS, no blocks.
///
/// Sums are over visible keys only.
struct GradientDefinition {
  var output: [Double]
  var logSumExp: [Double]
  var queryGradient: [Double]
  var keyGradient: [Double]
  var valueGradient: [Double]

  init(
    _ input: Inputs, outputGradient: [Float], scale: Float? = nil, visibility: Visibility = .all
  ) {
    let shape = input.shape
    let (Nq, Nk, d, dv) = (shape.queries, shape.keys, shape.headDim, shape.valueDim)
    let tau = Double(scale ?? Float(1 / Double(d).squareRoot()))
    output = [Double](repeating: 0, count: shape.outputCount)
    logSumExp = [Double](repeating: -.infinity, count: shape.rowCount)
    queryGradient = [Double](repeating: 0, count: shape.queryCount)
    keyGradient = [Double](repeating: 0, count: shape.keyCount)
    valueGradient = [Double](repeating: 0, count: shape.valueCount)
    for row in 0..<shape.rowCount {
      let (batch, head) = (row / Nq / shape.heads, row / Nq % shape.heads)
      let kvHead = batch * shape.kvHeads + head / (shape.heads / shape.kvHeads)
      let visible = visibility.ranges(shape, batch: batch, query: row % Nq)
      let columns = (0..<Nk).filter { j in visible.contains { $0.contains(j) } }

      // S = τ·QKᵀ, P = softmax(S).
      let scores = columns.map { j in
        tau * dot(input.query, row * d, input.key, (kvHead * Nk + j) * d, d)
      }
      guard let m = scores.max() else { continue }
      let l = scores.reduce(0) { $0 + exp($1 - m) }
      let weights = scores.map { exp($0 - m) / l }
      logSumExp[row] = m + log(l)

      // dP = dO·Vᵀ, D = rowsum(P∘dP).
      let weightGradients = columns.map { j in
        dot(outputGradient, row * dv, input.value, (kvHead * Nk + j) * dv, dv)
      }
      let D = zip(weights, weightGradients).reduce(0) { $0 + $1.0 * $1.1 }

      for (index, j) in columns.enumerated() {
        // O = PV, dV = PᵀdO.
        for x in 0..<dv {
          let (o, v) = (row * dv + x, (kvHead * Nk + j) * dv + x)
          output[o] += weights[index] * Double(input.value[v])
          valueGradient[v] += weights[index] * Double(outputGradient[o])
        }
        // dS = P∘(dP − D), dQ = τ·dS·K, dK = τ·dSᵀQ.
        let scoreGradient = weights[index] * (weightGradients[index] - D)
        for x in 0..<d {
          let (q, k) = (row * d + x, (kvHead * Nk + j) * d + x)
          queryGradient[q] += tau * scoreGradient * Double(input.key[k])
          keyGradient[k] += tau * scoreGradient * Double(input.query[q])
        }
      }
    }
  }
}

private func dot(_ a: [Float], _ i: Int, _ b: [Float], _ j: Int, _ count: Int) -> Double {
  (0..<count).reduce(0) { $0 + Double(a[i + $1]) * Double(b[j + $1]) }
}
