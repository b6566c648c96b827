// The backward pass in the blocks of the forward pass, of as many transfers, O(N²d/√M), as the one of
// Theorem 4.3 (Li et al. 2024): five kernels, whose phases bear the names of standard attention's.
// Forward has left S, m, ℓ and O in HBM. Matrices bear the names of the other algorithms; c counts
// chunks of features.

internal import HBMSim
internal import TileKernels

extension SquareTiling {
  /// Dᵢ = rowsum(dOᵢ ∘ Oᵢ), chunk by chunk; write Dᵢ to HBM.
  static func prepareBackward(
    _ core: borrowing Core, row i: Int, _ O: HBMBlocks<Queries, ValueFeatures>,
    _ dO: HBMBlocks<Queries, ValueFeatures>, _ D: HBMBlock<Queries, One>
  ) {
    core.begin(.initialize)
    var Di: TileVector<Queries> = core.vector(D.rows, repeating: 0)
    for c in O.columnIndices {
      let Oic = core.load(O[i, c])
      let dOic = core.load(dO[i, c])
      Di = Di + rowSumOfProducts(dOic, Oic)
    }
    core.store(Di, to: D)
  }

  /// dSᵢⱼ = Pᵢⱼ ∘ (dPᵢⱼ − Dᵢ) with dPᵢⱼ = Σ_c dOᵢ_cVⱼ_cᵀ ∘ Zᵢⱼ, for each j; write dSᵢⱼ to HBM. With a
  /// soft cap, S and its bias are read once more, for the slope of the cap.
  static func scoreGradient(
    _ core: borrowing Core, row i: Int, terms: ScoreTerms, _ S: HBMBlocks<Queries, Keys>,
    _ m: HBMBlock<Queries, One>, _ l: HBMBlock<Queries, One>, _ D: HBMBlock<Queries, One>,
    _ dO: HBMBlocks<Queries, ValueFeatures>, _ V: HBMBlocks<Keys, ValueFeatures>,
    _ dS: HBMBlocks<Queries, Keys>
  ) {
    core.begin(.scoreGradient)
    let mi = core.load(m)
    let li = core.load(l)
    let Di = core.load(D)
    for j in V.rowIndices where terms.isLive(i, j) {
      var dPij: Tile<Queries, Keys> = core.zeros(S[i, j].rows, S[i, j].columns)
      for c in V.columnIndices {
        let dOic = core.load(dO[i, c])
        let Vjc = core.load(V[j, c])
        dPij.addProduct(dOic, transposed: Vjc)
      }
      terms.dropOut(&dPij, i, j)
      var Pij = exp(core.loadWidened(S[i, j]), minus: mi)
      Pij.divideRows(by: li)
      var dSij = softmaxGradient(Pij, dPij, minus: Di)
      if terms.isCapped {
        terms.applyDerivative(core, to: &dSij, core.loadWidened(S[i, j]), Pij, i, j)
      }
      core.store(dSij, to: dS[i, j])
    }
  }

  /// dVⱼ_c = Σᵢ (Pᵢⱼ ∘ Zᵢⱼ)ᵀdOᵢ_c, of all heads that share V; write dVⱼ_c to HBM.
  static func valueGradient(
    _ core: borrowing Core, column j: Int, chunk c: Int, heads: Range<Int>,
    terms: (_ head: Int) -> ScoreTerms, _ S: HeadGrid<Queries, Keys>, _ m: HeadBlocks<Queries, One>,
    _ l: HeadBlocks<Queries, One>, _ dO: HeadGrid<Queries, ValueFeatures>,
    _ dV: HBMBlock<Keys, ValueFeatures>
  ) {
    core.begin(.valueGradient)
    var dVjc: Tile<Keys, ValueFeatures> = core.zeros(dV.rows, dV.columns)
    for h in heads {
      let (terms, S, m, l, dO) = (terms(h), S[h], m[h], l[h], dO[h])
      for i in S.rowIndices where terms.isLive(i, j) {
        let mi = core.load(m[i])
        let li = core.load(l[i])
        var Pij = exp(core.loadWidened(S[i, j]), minus: mi)
        Pij.divideRows(by: li)
        terms.dropOut(&Pij, i, j)
        let dOic = core.load(dO[i, c])
        dVjc.addProduct(transposed: Pij, dOic)
      }
    }
    core.store(dVjc, to: dV)
  }

  /// dQᵢ_c = τ·Σⱼ dSᵢⱼKⱼ_c; write dQᵢ_c to HBM.
  static func queryGradient(
    _ core: borrowing Core, row i: Int, chunk c: Int, terms: ScoreTerms,
    _ dS: HBMBlocks<Queries, Keys>, _ K: HBMBlocks<Keys, Features>,
    _ dQ: HBMBlock<Queries, Features>, scale tau: Float
  ) {
    core.begin(.queryGradient)
    var dQic: Tile<Queries, Features> = core.zeros(dQ.rows, dQ.columns)
    for j in K.rowIndices where terms.isLive(i, j) {
      let dSij = core.load(dS[i, j])
      let Kjc = core.load(K[j, c])
      dQic.addProduct(dSij, Kjc, scaledBy: tau)
    }
    core.store(dQic, to: dQ)
  }

  /// dKⱼ_c = τ·Σᵢ dSᵢⱼᵀQᵢ_c, of all heads that share K; write dKⱼ_c to HBM.
  static func keyGradient(
    _ core: borrowing Core, column j: Int, chunk c: Int, heads: Range<Int>,
    terms: (_ head: Int) -> ScoreTerms, _ dS: HeadGrid<Queries, Keys>,
    _ Q: HeadGrid<Queries, Features>, _ dK: HBMBlock<Keys, Features>, scale tau: Float
  ) {
    core.begin(.keyGradient)
    var dKjc: Tile<Keys, Features> = core.zeros(dK.rows, dK.columns)
    for h in heads {
      let (terms, dS, Q) = (terms(h), dS[h], Q[h])
      for i in dS.rowIndices where terms.isLive(i, j) {
        let dSij = core.load(dS[i, j])
        let Qic = core.load(Q[i, c])
        dKjc.addProduct(transposed: dSij, Qic, scaledBy: tau)
      }
    }
    core.store(dKjc, to: dK)
  }
}
