// Names as in the paper: N, Tc.

internal import FlashCore
internal import Foundation

/// How far any of the algorithms may be from softmax(τ·QKᵀ)V in Float, by the roundings that they
/// make.
///
/// With u = 2⁻²⁴, γ(n) = n·u/(1 − n·u) (Higham, Accuracy and Stability of Numerical Algorithms, 3.1)
/// and, for a query, a = τ·‖q‖·max‖k‖, which is at least τ·Σ|q·k| of each of its keys:
///
///     e = γ(d + 2)·a                                   of a score
///     x = 2e + 2u·(a + e) + 4u·(1 + a + log N)         of an exponent: s − m, taken step by step, or
///                                                      s − L, of a log-sum-exp that was rounded
///     |ΔO| ≤ P|V|·(e²ˣ·(1 + γ(n)) − 1)
///     |ΔL| ≤ x + γ(n)
///
/// with n = 4N + 20T_c + 32: a sum of at most N weights and a product of as many with V, in whatever
/// order, the exponentials, good to 2 ulp, and the scalings of T_c turns, each in the numerator and
/// in the denominator.
struct RoundingBound {
  /// e²ˣ·(1 + γ(n)) − 1, of each query of all heads.
  let relative: [Double]
  /// x + γ(n), of each query of all heads.
  let logSumExp: [Double]

  init(_ plan: AttentionPlan, query: [Float], key: [Float]) {
    let shape = plan.shape
    let d = shape.headDim
    let u = 0x1p-24
    func gamma(_ n: Int) -> Double { Double(n) * u / (1 - Double(n) * u) }
    let (queryNorms, keyNorms) = (norms(query, d), norms(key, d))
    let n = 4 * shape.keys + 20 * plan.keyBlocks + 32
    let group = shape.heads / shape.kvHeads
    let exponents = queryNorms.indices.map { row in
      let kv = row / shape.queries / group
      let longest = keyNorms[kv * shape.keys..<(kv + 1) * shape.keys].reduce(0, max)
      let a = Double(plan.scale) * queryNorms[row] * longest
      let e = gamma(d + 2) * a
      return 2 * e + 2 * u * (a + e) + 4 * u * (1 + a + log(Double(shape.keys)))
    }
    relative = exponents.map { exp(2 * $0) * (1 + gamma(n)) - 1 }
    logSumExp = exponents.map { $0 + gamma(n) }
  }
}

/// The lengths of rows of d numbers.
private func norms(_ elements: [Float], _ d: Int) -> [Double] {
  stride(from: 0, to: elements.count, by: d).map { first in
    elements[first..<first + d].reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }
}
