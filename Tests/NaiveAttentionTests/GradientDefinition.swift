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
    _ input: Inputs, outputGradient: [Float], scale: Float? = nil, rules: Rules = Rules()
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
      let (batch, head, query) = (row / Nq / shape.heads, row / Nq % shape.heads, row % Nq)
      let kvHead = batch * shape.kvHeads + head / (shape.heads / shape.kvHeads)
      let visible = rules.visibility.ranges(shape, batch: batch, query: query)
      let columns = (0..<Nk).filter { j in visible.contains { $0.contains(j) } }

      // T = c·tanh(τ·QKᵀ / c), S = T + B, P = softmax(S).
      let capped = columns.map { j in
        rules.capped(tau * dot(input.query, row * d, input.key, (kvHead * Nk + j) * d, d))
      }
      let scores = zip(columns, capped).map { j, capped in
        capped.score + rules.term(batch: batch, head: head, query: query, key: j)
      }
      guard let m = scores.max(), m > -.infinity else { continue }
      let l = scores.reduce(0) { $0 + exp($1 - m) }
      let weights = scores.map { exp($0 - m) / l }
      logSumExp[row] = m + log(l)

      // dP = (dO·Vᵀ)∘Z, D = rowsum(P∘dP).
      let factors = columns.map { j in
        rules.factor(batch: batch, head: head, query: query, key: j)
      }
      let weightGradients = zip(columns, factors).map { j, factor in
        factor * dot(outputGradient, row * dv, input.value, (kvHead * Nk + j) * dv, dv)
      }
      let D = zip(weights, weightGradients).reduce(0) { $0 + $1.0 * $1.1 }

      for (index, j) in columns.enumerated() {
        // O = (P∘Z)V, dV = (P∘Z)ᵀdO.
        let kept = weights[index] * factors[index]
        for x in 0..<dv {
          let (o, v) = (row * dv + x, (kvHead * Nk + j) * dv + x)
          output[o] += kept * Double(input.value[v])
          valueGradient[v] += kept * Double(outputGradient[o])
        }
        // dS = P∘(dP − D)∘(1 − (T/c)²), dQ = τ·dS·K, dK = τ·dSᵀQ.
        let scoreGradient = weights[index] * (weightGradients[index] - D) * capped[index].slope
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
