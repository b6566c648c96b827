// Standard attention's backward pass, Algorithm 3 (Dao et al. 2022), with the softmax scale τ: five
// kernels, each a tile program within the SRAM of a core. Matrices bear the paper's names.

internal import HBMSim
internal import TileKernels

extension Phase {
  /// Line 1 of Algorithm 3.
  static let valueGradient = Phase("dV")
  /// Line 2 of Algorithm 3.
  static let probabilityGradient = Phase("dP")
  /// Line 3 of Algorithm 3.
  static let scoreGradient = Phase("dS")
  /// Line 4 of Algorithm 3.
  static let queryGradient = Phase("dQ")
  /// Line 5 of Algorithm 3.
  static let keyGradient = Phase("dK")
}

extension Standard {
  /// 1: Load P, dO by blocks from HBM, compute dV = (P ∘ Z)ᵀdO, write dV to HBM; of all heads
  /// that share V.
  static func valueGradient(
    _ core: borrowing Core, heads: Range<Int>, _ P: HeadGrid<Queries, Keys>,
    _ dO: HeadBlocks<Queries, ValueFeatures>, _ dV: HBMBlock<Keys, ValueFeatures>, column j: Int,
    terms: (_ head: Int) -> ScoreTerms
  ) {
    core.begin(.valueGradient)
    var dVj: Tile<Keys, ValueFeatures> = core.zeros(dV.rows, dV.columns)
    for h in heads {
      for i in dO[h].indices {
        let Pij = terms(h).loadDropped(core, P[h][i, j], i, j)
        let dOi = core.load(dO[h][i])
        dVj.addProduct(transposed: Pij, dOi)
      }
    }
    core.store(dVj, to: dV)
  }

  /// 2: Load dO, V by blocks from HBM, compute dP = dOVᵀ ∘ Z, write dP to HBM.
  static func probabilityGradient(
    _ core: borrowing Core, _ dO: HBMBlock<Queries, ValueFeatures>,
    _ V: HBMRowBlocks<Keys, ValueFeatures>, _ dP: HBMBlocks<Queries, Keys>, row i: Int,
    terms: ScoreTerms
  ) {
    core.begin(.probabilityGradient)
    let dOi = core.load(dO)
    for j in V.indices {
      let Vj = core.load(V[j])
      var dPij = product(dOi, transposed: Vj)
      terms.dropOut(&dPij, i, j)
      core.store(dPij, to: dP[i, j])
    }
  }

  /// 3: Read P, dP from HBM, compute dSᵢⱼ = Pᵢⱼ(dPᵢⱼ − Σₗ Pᵢₗ dPᵢₗ), write dS to HBM; whole rows at a
  /// time. With a soft cap, S and its bias are read too, for the slope of the cap.
  static func scoreGradient(
    _ core: borrowing Core, _ P: HBMBlock<Queries, Keys>, _ dP: HBMBlock<Queries, Keys>,
    _ S: HBMBlock<Queries, Keys>, _ dS: HBMBlock<Queries, Keys>, row i: Int, terms: ScoreTerms
  ) {
    core.begin(.scoreGradient)
    let Pi = core.load(P)
    let dPi = core.loadWidened(dP)
    let Di = rowSumOfProducts(Pi, dPi)
    var dSi = softmaxGradient(Pi, dPi, minus: Di)
    if terms.isCapped {
      terms.applyDerivative(core, to: &dSi, core.loadWidened(S), Pi, i, 0)
    }
    core.store(dSi, to: dS)
  }

  /// 3, where rows do not fit: P and dP are read once for the sums and once more for dS.
  static func scoreGradientInParts(
    _ core: borrowing Core, _ P: HBMBlocks<Queries, Keys>, _ dP: HBMBlocks<Queries, Keys>,
    _ S: HBMBlocks<Queries, Keys>, _ dS: HBMBlocks<Queries, Keys>, row i: Int, terms: ScoreTerms
  ) {
    core.begin(.scoreGradient)
    var Di: TileVector<Queries> = core.vector(P[i, 0].rows, repeating: 0)
    for j in P.columnIndices {
      let Pij = core.load(P[i, j])
      let dPij = core.load(dP[i, j])
      Di = Di + rowSumOfProducts(Pij, dPij)
    }
    for j in P.columnIndices {
      let Pij = core.load(P[i, j])
      let dPij = core.loadWidened(dP[i, j])
      var dSij = softmaxGradient(Pij, dPij, minus: Di)
      if terms.isCapped {
        terms.applyDerivative(core, to: &dSij, core.loadWidened(S[i, j]), Pij, i, j)
      }
      core.store(dSij, to: dS[i, j])
    }
  }

  /// 4: Load dS, K by blocks from HBM, compute dQ = τ·dSK, write dQ to HBM.
  static func queryGradient(
    _ core: borrowing Core, _ dS: HBMBlocks<Queries, Keys>, _ K: HBMRowBlocks<Keys, Features>,
    _ dQ: HBMBlock<Queries, Features>, row i: Int, scale tau: Float
  ) {
    core.begin(.queryGradient)
    var dQi: Tile<Queries, Features> = core.zeros(dQ.rows, dQ.columns)
    for j in K.indices {
      let dSij = core.load(dS[i, j])
      let Kj = core.load(K[j])
      dQi.addProduct(dSij, Kj, scaledBy: tau)
    }
    core.store(dQi, to: dQ)
  }

  /// 5: Load dS, Q by blocks from HBM, compute dK = τ·dSᵀQ, write dK to HBM; of all heads that share K.
  static func keyGradient(
    _ core: borrowing Core, heads: Range<Int>, _ dS: HeadGrid<Queries, Keys>,
    _ Q: HeadBlocks<Queries, Features>, _ dK: HBMBlock<Keys, Features>, column j: Int,
    scale tau: Float
  ) {
    core.begin(.keyGradient)
    var dKj: Tile<Keys, Features> = core.zeros(dK.rows, dK.columns)
    for h in heads {
      for i in Q[h].indices {
        let dSij = core.load(dS[h][i, j])
        let Qi = core.load(Q[h][i])
        dKj.addProduct(transposed: dSij, Qi, scaledBy: tau)
      }
    }
    core.store(dKj, to: dK)
  }
}
