// FlashAttention, Algorithm 1 (Dao et al. 2022), with the scale τ, the mask and the dropout of Algorithm 2.
// Matrices bear the paper's names; a number before a line is Algorithm 1's.

internal import HBMSim
internal import TileKernels

extension Flash1 {
  /// The heads of queries that share a head of keys and values: K and V are loaded once for all.
  static func forward(
    _ core: borrowing Core, heads: Range<Int>, scores: (_ head: Int) -> ScoreTerms,
    _ Q: HeadBlocks<Queries, Features>, _ K: HBMRowBlocks<Keys, Features>,
    _ V: HBMRowBlocks<Keys, ValueFeatures>, _ O: HeadBlocks<Queries, ValueFeatures>,
    _ l: HeadBlocks<Queries, One>, _ m: HeadBlocks<Queries, One>, scale tau: Float
  ) {
    // 2: Initialize O = (0), ℓ = (0), m = (−∞) in HBM.
    core.begin(.initialize)
    for h in heads {
      for i in Q[h].indices {
        core.fill(O[h][i], with: 0)
        core.fill(l[h][i], with: 0)
        core.fill(m[h][i], with: -.infinity)
      }
    }
    core.begin(.main)
    // 5: for 1 ≤ j ≤ Tc do
    for j in K.indices {
      // 6: Load Kⱼ, Vⱼ from HBM to on-chip SRAM.
      let Kj = core.load(K[j])
      let Vj = core.load(V[j])
      for h in heads {
        let mask = scores(h)
        let (Q, O, l, m) = (Q[h], O[h], l[h], m[h])
        // 7: for 1 ≤ i ≤ Tr do
        for i in Q.indices where mask.isLive(i, j) {
          // 8: Load Qᵢ, Oᵢ, ℓᵢ, mᵢ from HBM to on-chip SRAM.
          let Qi = core.load(Q[i])
          var Oi = core.loadWidened(O[i])
          let li = core.load(l[i])
          let mi = core.load(m[i])
          // 9: Sᵢⱼ = MASK(τ·QᵢKⱼᵀ).
          var Sij = product(Qi, transposed: Kj, scaledBy: tau, within: mask.diagonals(i, j))
          mask.apply(core, to: &Sij, i, j)
          // 10: m̃ᵢⱼ = rowmax(Sᵢⱼ), P̃ᵢⱼ = exp(Sᵢⱼ − m̃ᵢⱼ), ℓ̃ᵢⱼ = rowsum(P̃ᵢⱼ).
          let mij = rowMax(Sij)
          var lij: TileVector<Queries> = core.vector(Qi.rows, repeating: 0)
          var Pij = exp(Sij, minus: mij, addingRowSumsTo: &lij)
          // 11: mᵢⁿᵉʷ = max(mᵢ, m̃ᵢⱼ), ℓᵢⁿᵉʷ = exp(mᵢ − mᵢⁿᵉʷ)·ℓᵢ + exp(m̃ᵢⱼ − mᵢⁿᵉʷ)·ℓ̃ᵢⱼ.
          let miNew = max(mi, mij)
          let a = exp(mi, minus: miNew)
          let b = exp(mij, minus: miNew)
          let liNew = a * li + b * lij
          // 12: Oᵢ ← diag(ℓᵢⁿᵉʷ)⁻¹(diag(ℓᵢ)·exp(mᵢ − mᵢⁿᵉʷ)·Oᵢ + exp(m̃ᵢⱼ − mᵢⁿᵉʷ)·P̃ᵢⱼVⱼ), to HBM.
          Oi.scaleRows(by: li * a)
          Pij.scaleRows(by: b)
          mask.dropOut(&Pij, i, j)
          Oi.addProduct(Pij, Vj)
          Oi.divideRows(by: liNew)
          core.store(Oi, to: O[i])
          // 13: ℓᵢ ← ℓᵢⁿᵉʷ, mᵢ ← mᵢⁿᵉʷ, to HBM.
          core.store(liNew, to: l[i])
          core.store(miNew, to: m[i])
        }
      }
    }
  }
}
