// SquareTilingAttention, the algorithm of Theorem 3.5 (Saha & Ye 2024), with the softmax scale τ, a
// mask and dropout. The paper writes exp(S) to HBM; here S goes there, so that the greatest score of a
// row can be subtracted before exp, and its weights add up to ℓ as they are read. Matrices bear the
// names of the other algorithms; c counts chunks of features.

internal import HBMSim
internal import TileKernels

extension SquareTiling {
  /// One turn of the outer loop of both phases: block i of the queries.
  static func forward(
    _ core: borrowing Core, row i: Int, terms: ScoreTerms, _ Q: HBMBlocks<Queries, Features>,
    _ K: HBMBlocks<Keys, Features>, _ V: HBMBlocks<Keys, ValueFeatures>,
    _ S: HBMBlocks<Queries, Keys>, _ O: HBMBlocks<Queries, ValueFeatures>,
    _ m: HBMBlock<Queries, One>, _ l: HBMBlock<Queries, One>, scale tau: Float
  ) {
    // Phase 1, for each j: Sᵢⱼ = MASK(τ·Σ_c Qᵢ_cKⱼ_cᵀ), mᵢ ← max(mᵢ, rowmax(Sᵢⱼ)); write Sᵢⱼ, mᵢ to HBM.
    core.begin(.scores)
    var mi: TileVector<Queries> = core.vector(m.rows, repeating: -.infinity)
    for j in K.rowIndices where terms.isLive(i, j) {
      var Sij: Tile<Queries, Keys> = core.zeros(S[i, j].rows, S[i, j].columns)
      for c in Q.columnIndices {
        let Qic = core.load(Q[i, c])
        let Kjc = core.load(K[j, c])
        Sij.addProduct(Qic, transposed: Kjc, scaledBy: tau)
      }
      terms.apply(core, to: &Sij, i, j)
      mi = max(mi, rowMax(Sij))
      core.store(Sij, to: S[i, j])
    }
    core.store(mi, to: m)
    // Phase 2, for each chunk c: Oᵢ_c = diag(ℓᵢ)⁻¹·Σⱼ exp(Sᵢⱼ − mᵢ)Vⱼ_c; write Oᵢ_c to HBM. The first
    // chunk makes ℓᵢ = Σⱼ rowsum(exp(Sᵢⱼ − mᵢ)) of the scores as they lie in HBM; write ℓᵢ to HBM.
    core.begin(.output)
    var li: TileVector<Queries> = core.vector(l.rows, repeating: 0)
    for c in V.columnIndices {
      var Oic: Tile<Queries, ValueFeatures> = core.zeros(O[i, c].rows, O[i, c].columns)
      for j in V.rowIndices where terms.isLive(i, j) {
        var Pij = exp(core.loadWidened(S[i, j]), minus: mi)
        if c == 0 { li = li + rowSum(Pij) }
        terms.dropOut(&Pij, i, j)
        let Vjc = core.load(V[j, c])
        Oic.addProduct(Pij, Vjc)
      }
      Oic.divideRows(by: li)
      core.store(Oic, to: O[i, c])
    }
    core.store(li, to: l)
  }
}
