// FlashAttention-2's backward pass, Algorithm 2 of Dao 2023, with the scale τ and a mask. The paper
// also loads Oᵢ at line 8 and dQᵢ twice; neither is needed. Matrices bear the paper's names; a number
// before a line is the paper's.

internal import HBMSim
internal import TileKernels

extension Flash2 {
  /// 4, 5: Initialize dQ = (0) in HBM, compute D = rowsum(dO ∘ O), write D to HBM; a block of rows.
  static func prepareBackward(
    _ core: borrowing Core, _ O: HBMBlock<Queries, ValueFeatures>,
    _ dO: HBMBlock<Queries, ValueFeatures>, _ D: HBMBlock<Queries, One>,
    _ dQ: HBMBlock<Queries, Features>
  ) {
    core.begin(.initialize)
    let Oi = core.load(O)
    let dOi = core.load(dO)
    let Di = rowSumOfProducts(dOi, Oi)
    core.store(Di, to: D)
    core.fill(dQ, with: 0)
  }

  /// One turn of the outer loop, line 6: block j of the keys, for the heads of queries that share them:
  /// their gradients add up in dK and dV. Blocks of keys add to dQ in turn, so that its sums have one
  /// order, whatever runs at a time.
  static func backward(
    _ core: borrowing Core, column j: Int, heads: Range<Int>,
    scores: (_ head: Int) -> ScoreTerms, _ Q: HeadBlocks<Queries, Features>,
    _ K: HBMBlock<Keys, Features>, _ V: HBMBlock<Keys, ValueFeatures>,
    _ dO: HeadBlocks<Queries, ValueFeatures>, _ L: HeadBlocks<Queries, One>,
    _ D: HeadBlocks<Queries, One>, _ dQ: HeadBlocks<Queries, Features>,
    _ dK: HBMBlock<Keys, Features>, _ dV: HBMBlock<Keys, ValueFeatures>, scale tau: Float
  ) {
    // 7: Load Kⱼ, Vⱼ from HBM to on-chip SRAM; initialize dKⱼ = (0), dVⱼ = (0) on SRAM.
    let Kj = core.load(K)
    let Vj = core.load(V)
    var dKj: Tile<Keys, Features> = core.zeros(Kj.rows, Kj.columns)
    var dVj: Tile<Keys, ValueFeatures> = core.zeros(Vj.rows, Vj.columns)
    for h in heads {
      let mask = scores(h)
      let (Q, dO, L, D, dQ) = (Q[h], dO[h], L[h], D[h], dQ[h])
      // 8: for 1 ≤ i ≤ Tr do
      for i in Q.indices where mask.isLive(i, j) {
        // 9: Load Qᵢ, dOᵢ, Lᵢ, Dᵢ from HBM to on-chip SRAM; dQᵢ when its turn has come.
        let Qi = core.load(Q[i])
        let dOi = core.load(dO[i])
        let Li = core.load(L[i])
        let Di = core.load(D[i])
        // 10: Sᵢⱼ = MASK(τ·QᵢKⱼᵀ).
        let seen = mask.diagonals(i, j)
        var Sij = product(Qi, transposed: Kj, scaledBy: tau, within: seen)
        mask.apply(core, to: &Sij, i, j)
        // 11: Pᵢⱼ = exp(Sᵢⱼ − Lᵢ).
        let Pij = exp(Sij, minus: Li)
        // 12: dVⱼ ← dVⱼ + (Pᵢⱼ ∘ Zᵢⱼ)ᵀdOᵢ, with the dropout mask Zᵢⱼ.
        mask.addDroppedProduct(to: &dVj, Pij, dOi, i, j)
        // 13: dPᵢⱼ = dOᵢVⱼᵀ ∘ Zᵢⱼ.
        var dPij = product(dOi, transposed: Vj, within: seen)
        mask.dropOut(&dPij, i, j)
        // 14: dSᵢⱼ = Pᵢⱼ ∘ (dPᵢⱼ − Dᵢ), in the place of dPᵢⱼ.
        var dSij = softmaxGradient(Pij, dPij, minus: Di)
        mask.applyDerivative(to: &dSij, Qi, Kj, scale: tau)
        // 16: dKⱼ ← dKⱼ + τ·dSᵢⱼᵀQᵢ.
        dKj.addProduct(transposed: dSij, Qi, scaledBy: tau)
        // 15: dQᵢ ← dQᵢ + τ·dSᵢⱼKⱼ, to HBM, after block j − 1.
        let step = (h - heads.lowerBound) * Q.indices.count + i
        core.awaitTurn(step)
        var dQi = core.loadWidened(dQ[i])
        dQi.addProduct(dSij, Kj, scaledBy: tau)
        core.store(dQi, to: dQ[i])
        core.passTurn(step)
      }
    }
    // 18: Write dKⱼ, dVⱼ to HBM.
    core.store(dKj, to: dK)
    core.store(dVj, to: dV)
  }
}
