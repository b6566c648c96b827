import Foundation
import TestSupport

/// Attention of one head, restricted to its first blocks of keys: what Theorem 1 says that m, ℓ and
/// O are, in Double, and how far Algorithm 1 may be from it in Float.
struct PrefixAttention {
  /// A matrix, and how far each element may be off.
  typealias Expectation = (exact: Matrix, bound: Matrix)

  /// MASK(τ·QKᵀ).
  private let S: Matrix
  /// τ·|Q||K|ᵀ, and 0 where S is ruled out.
  private let magnitudes: Matrix
  private let V: Matrix
  private let headDim: Int

  init(
    query Q: Matrix, key K: Matrix, value V: Matrix, scale tau: Double,
    sees: (_ query: Int, _ key: Int) -> Bool
  ) {
    let seen = Matrix(rows: Q.rows, columns: K.rows) { sees($0, $1) ? 1 : 0 }
    let scores = tau * (Q * K.transposed)
    let sums = tau * (Q.magnitudes * K.transposed.magnitudes)
    S = Matrix(rows: Q.rows, columns: K.rows) { seen[$0, $1] == 1 ? scores[$0, $1] : -.infinity }
    magnitudes = Matrix(rows: Q.rows, columns: K.rows) { seen[$0, $1] * sums[$0, $1] }
    self.V = V
    headDim = Q.columns
  }

  /// m, ℓ and O after T blocks of B_c keys.
  ///
  /// With u = 2⁻²⁴, an exponential that is good to 2 ulp, c = 4 roundings, and a division that is
  /// one of 1 and one product:
  ///
  ///     e = γ(d + 1)·max τ·Σ|q·k|     of a score, and of m, their maximum, which is not rounded
  ///     x = 2e + u·(max s − min s + 2e)
  ///                                   of an exponent s − m: of s and m, and what is lost where it
  ///                                   is taken step by step, s − m̃, m̃ − m, m − mⁿᵉʷ, …, whose
  ///                                   magnitudes add up to that of s − m
  ///     |Δℓ| ≤ ℓ·(eˣ·(1 + γ(n)) − 1)
  ///     |ΔO| ≤ P|V|·(e²ˣ·(1 + γ(n′ + 2n)) − 1)
  ///
  /// with n = B_c + 2T + c(T + 1): the sum of a row; a product with a or b and a sum of each turn;
  /// and exponentials, of P̃, and of a or b of each turn. And with n′ = T(B_c + c + 4) + c: the
  /// product with V that is added up in O, the exponential of a or b, two scalings and the division
  /// of each turn; and the exponential of P̃. The ℓ that a turn divides by is the one that the next
  /// multiplies by.
  func after(_ T: Int, blocksOf Bc: Int) -> (m: Expectation, l: Expectation, O: Expectation) {
    let keys = min(T * Bc, V.rows)
    let S = Matrix(rows: S.rows, columns: keys) { self.S[$0, $1] }
    let m = S.rowMaxima
    let weights = Matrix(rows: S.rows, columns: keys) { i, j in
      S[i, j] == -.infinity ? 0 : exp(S[i, j] - m[i, 0])
    }
    let l = weights.rowSums
    let P = Matrix(rows: S.rows, columns: keys) {
      weights[$0, $1] == 0 ? 0 : weights[$0, $1] / l[$0, 0]
    }
    let V = Matrix(rows: keys, columns: V.columns) { self.V[$0, $1] }

    let e = Matrix(rows: S.rows, columns: 1) { i, _ in
      gamma(headDim + 1) * magnitudes.row(i).prefix(keys).reduce(0, max)
    }
    let x = Matrix(rows: S.rows, columns: 1) { i, _ in
      let least = S.row(i).reduce(m[i, 0]) { $1 == -.infinity ? $0 : min($0, $1) }
      if least == -.infinity { return 0 }
      precondition(m[i, 0] - least < 80, "Exponentials that underflow have no relative error")
      return 2 * e[i, 0] + 0x1p-24 * (m[i, 0] - least + 2 * e[i, 0])
    }
    let c = 4
    let sum = Bc + 2 * T + c * (T + 1)
    let output = T * (Bc + c + 4) + c
    let lBound = Matrix(rows: l.rows, columns: 1) { i, _ in
      l[i, 0] * (exp(x[i, 0]) * (1 + gamma(sum)) - 1)
    }
    let sizes = P * V.magnitudes
    let OBound = Matrix(rows: sizes.rows, columns: sizes.columns) { i, f in
      sizes[i, f] * (exp(2 * x[i, 0]) * (1 + gamma(output + 2 * sum)) - 1)
    }
    return ((m, e), (l, lBound), (P * V, OBound))
  }
}
