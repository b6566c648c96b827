// FlashAttention-2's forward pass, Algorithm 1 of Dao 2023, with the scale τ, the mask and the
// dropout of Algorithm 2 of its first paper.
// Matrices bear the paper's names; a number before a line is the paper's.

internal import HBMSim
internal import TileKernels

extension Flash2 {
  /// One turn of the outer loop, line 3: block i of the queries.
  static func forward(
    _ core: borrowing Core, row i: Int, scores: ScoreTerms, _ Q: HBMBlock<Queries, Features>,
    _ K: HBMRowBlocks<Keys, Features>, _ V: HBMRowBlocks<Keys, ValueFeatures>,
    _ O: HBMBlock<Queries, ValueFeatures>, _ L: HBMBlock<Queries, One>, scale tau: Float
  ) {
    // 4: Load Qᵢ from HBM to on-chip SRAM.
    let Qi = core.load(Q)
    // 5: On chip, initialize Oᵢ = (0), ℓᵢ = (0), mᵢ = (−∞).
    var Oi: Tile<Queries, ValueFeatures> = core.zeros(O.rows, O.columns)
    var li: TileVector<Queries> = core.vector(O.rows, repeating: 0)
    var mi: TileVector<Queries> = core.vector(O.rows, repeating: -.infinity)
    // 6: for 1 ≤ j ≤ Tc do
    for j in K.indices where scores.isLive(i, j) {
      // 7: Load Kⱼ, Vⱼ from HBM to on-chip SRAM.
      let Kj = core.load(K[j])
      let Vj = core.load(V[j])
      // 8: Sᵢⱼ = MASK(τ·QᵢKⱼᵀ).
      var Sij = product(Qi, transposed: Kj, scaledBy: tau, within: scores.diagonals(i, j))
      scores.apply(core, to: &Sij, i, j)
      // 9: mᵢⁿᵉʷ = max(mᵢ, rowmax(Sᵢⱼ)), P̃ᵢⱼ = exp(Sᵢⱼ − mᵢⁿᵉʷ),
      //    ℓᵢ ← exp(mᵢ − mᵢⁿᵉʷ)·ℓᵢ + rowsum(P̃ᵢⱼ).
      let miNew = max(mi, rowMax(Sij))
      var lij: TileVector<Queries> = core.vector(O.rows, repeating: 0)
      var Pij = exp(Sij, minus: miNew, addingRowSumsTo: &lij)
      let a = exp(mi, minus: miNew)
      li = a * li + lij
      scores.dropOut(&Pij, i, j)
      // 10: Oᵢ ← diag(exp(mᵢ − mᵢⁿᵉʷ))·Oᵢ + P̃ᵢⱼVⱼ. (The paper prints the inverse, an error.)
      Oi.scaleRows(by: a)
      Oi.addProduct(Pij, Vj)
      mi = miNew
    }
    // 12: Oᵢ ← diag(ℓᵢ)⁻¹·Oᵢ.
    Oi.divideRows(by: li)
    // 13: Lᵢ = mᵢ + log(ℓᵢ).
    let Li = mi + log(li)
    // 14, 15: Write Oᵢ, Lᵢ to HBM.
    core.store(Oi, to: O)
    core.store(Li, to: L)
  }
}
