// FlashAttention's backward pass, Algorithm 4 (Dao et al. 2022). Matrices bear the paper's names;
// a number before a line is the paper's.

internal import HBMSim
internal import TileKernels

extension Flash1 {
  /// The heads of queries that share a head of keys and values: their gradients add up in dK and dV.
  static func backward(
    _ core: borrowing Core, heads: Range<Int>, scores: (_ head: Int) -> ScoreTerms,
    _ Q: HeadBlocks<Queries, Features>, _ K: HBMRowBlocks<Keys, Features>,
    _ V: HBMRowBlocks<Keys, ValueFeatures>, _ O: HeadBlocks<Queries, ValueFeatures>,
    _ dO: HeadBlocks<Queries, ValueFeatures>, _ l: HeadBlocks<Queries, One>,
    _ m: HeadBlocks<Queries, One>, _ dQ: HeadBlocks<Queries, Features>,
    _ dK: HBMRowBlocks<Keys, Features>, _ dV: HBMRowBlocks<Keys, ValueFeatures>, scale tau: Float
  ) {
    // 5: Initialize dQ = (0) in HBM. (dK and dV are written whole at line 24.)
    core.begin(.initialize)
    for h in heads {
      for i in dQ[h].indices { core.fill(dQ[h][i], with: 0) }
    }
    core.begin(.main)
    // 6: for 1 ≤ j ≤ Tc do
    for j in K.indices {
      // 7: Load Kⱼ, Vⱼ from HBM to on-chip SRAM.
      let Kj = core.load(K[j])
      let Vj = core.load(V[j])
      // 8: Initialize dK̃ⱼ = (0), dṼⱼ = (0) on SRAM.
      var dKj: Tile<Keys, Features> = core.zeros(Kj.rows, Kj.columns)
      var dVj: Tile<Keys, ValueFeatures> = core.zeros(Vj.rows, Vj.columns)
      for h in heads {
        let mask = scores(h)
        let (Q, O, dO, l, m, dQ) = (Q[h], O[h], dO[h], l[h], m[h], dQ[h])
        // 9: for 1 ≤ i ≤ Tr do
        for i in Q.indices where mask.isLive(i, j) {
          // 10: Load Qᵢ, Oᵢ, dOᵢ, dQᵢ, ℓᵢ, mᵢ from HBM to on-chip SRAM.
          let Qi = core.load(Q[i])
          let Oi = core.load(O[i])
          let dOi = core.load(dO[i])
          var dQi = core.loadWidened(dQ[i])
          let li = core.load(l[i])
          let mi = core.load(m[i])
          // 11, 12: Sᵢⱼ = MASK(τ·QᵢKⱼᵀ).
          let seen = mask.diagonals(i, j)
          var Sij = product(Qi, transposed: Kj, scaledBy: tau, within: seen)
          mask.apply(core, to: &Sij, i, j)
          // 13: Pᵢⱼ = diag(ℓᵢ)⁻¹·exp(Sᵢⱼ − mᵢ).
          var Pij = exp(Sij, minus: mi)
          Pij.divideRows(by: li)
          // 14, 15, 16: dṼⱼ ← dṼⱼ + (Pᵢⱼ ∘ Zᵢⱼ)ᵀdOᵢ, with the dropout mask Zᵢⱼ.
          mask.addDroppedProduct(to: &dVj, Pij, dOi, i, j)
          // 17, 18: dPᵢⱼ = dOᵢVⱼᵀ ∘ Zᵢⱼ.
          var dPij = product(dOi, transposed: Vj, within: seen)
          mask.dropOut(&dPij, i, j)
          // 19: Dᵢ = rowsum(dOᵢ ∘ Oᵢ).
          let Di = rowSumOfProducts(dOi, Oi)
          // 20: dSᵢⱼ = Pᵢⱼ ∘ (dPᵢⱼ − Dᵢ), in the place of dPᵢⱼ.
          var dSij = softmaxGradient(Pij, dPij, minus: Di)
          mask.applyDerivative(to: &dSij, Qi, Kj, scale: tau)
          // 21: dQᵢ ← dQᵢ + τ·dSᵢⱼKⱼ, to HBM.
          dQi.addProduct(dSij, Kj, scaledBy: tau)
          core.store(dQi, to: dQ[i])
          // 22: dK̃ⱼ ← dK̃ⱼ + τ·dSᵢⱼᵀQᵢ.
          dKj.addProduct(transposed: dSij, Qi, scaledBy: tau)
        }
      }
      // 24: dKⱼ ← dK̃ⱼ, dVⱼ ← dṼⱼ, to HBM.
      core.store(dKj, to: dK[j])
      core.store(dVj, to: dV[j])
    }
  }
}
