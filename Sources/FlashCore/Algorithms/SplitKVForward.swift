// Flash-decoding's first kernel (Dao, Haziza, Massa and Sizov 2023): FlashAttention-2's forward pass on
// a chunk of the keys, for all heads of queries that share them. There is no numbered listing of it;
// the numbers before lines are those of this one, whose matrices bear FlashAttention-2's names:
//
//   1. Load Qᵢ of all heads, one below the other; initialize O = (0), ℓ = (0), m = (−∞) on chip.
//   2. For each block j of the chunk:
//   3.   Load Kⱼ, Vⱼ, once for all heads.
//   4.   Sᵢⱼ = MASK(τ·QᵢKⱼᵀ), each head by its own mask.
//   5.   mⁿᵉʷ = max(m, rowmax(Sᵢⱼ)), P̃ᵢⱼ = exp(Sᵢⱼ − mⁿᵉʷ), ℓ ← exp(m − mⁿᵉʷ)·ℓ + rowsum(P̃ᵢⱼ).
//   6.   O ← diag(exp(m − mⁿᵉʷ))·O + P̃ᵢⱼVⱼ, m ← mⁿᵉʷ.
//   7. O ← diag(ℓ)⁻¹·O, L = m + log(ℓ); write both to HBM, head by head.
//
// What the heads have is in one matrix, so that a key that is loaded once is also computed with once:
// one query for each of eight heads is a product of eight rows.

internal import HBMSim
internal import TileKernels

extension SplitKV {
  /// Block i of the queries of a group of heads, on one chunk of their keys.
  static func forward(
    _ core: borrowing Core, row i: Int, heads: Range<Int>, chunk: Range<Int>,
    scores: (_ head: Int) -> ScoreTerms, _ Q: HeadBlocks<Queries, Features>,
    _ K: HBMRowBlocks<Keys, Features>, _ V: HBMRowBlocks<Keys, ValueFeatures>,
    to partial: (_ head: Int) -> PartialBlocks, scale tau: Float
  ) {
    // 1: Load Qᵢ of all heads, one below the other; initialize O = (0), ℓ = (0), m = (−∞) on chip.
    let Qi = core.load(stacking: heads.map { Q[$0][i] })
    var Oi: Tile<Queries, ValueFeatures> = core.zeros(Qi.rows, V.columns)
    var li: TileVector<Queries> = core.vector(Qi.rows, repeating: 0)
    var mi: TileVector<Queries> = core.vector(Qi.rows, repeating: -.infinity)
    let masks = heads.map(scores)
    // 2: For each block j of the chunk; heads that share keys share which blocks are left over.
    for j in chunk where masks[0].isLive(i, j) {
      // 3: Load Kⱼ, Vⱼ, once for all heads.
      let Kj = core.load(K[j])
      let Vj = core.load(V[j])
      // 4: Sᵢⱼ = MASK(τ·QᵢKⱼᵀ), each head by its own mask.
      var Sij = product(Qi, transposed: Kj, scaledBy: tau)
      Sij.forEachPart(of: heads.count) { masks[$0].apply(core, to: &$1, i, j) }
      // 5: mⁿᵉʷ = max(m, rowmax(Sᵢⱼ)), P̃ᵢⱼ = exp(Sᵢⱼ − mⁿᵉʷ), ℓ ← exp(m − mⁿᵉʷ)·ℓ + rowsum(P̃ᵢⱼ).
      let miNew = max(mi, rowMax(Sij))
      var lij: TileVector<Queries> = core.vector(Qi.rows, repeating: 0)
      var Pij = exp(Sij, minus: miNew, addingRowSumsTo: &lij)
      let a = exp(mi, minus: miNew)
      li = a * li + lij
      Pij.forEachPart(of: heads.count) { masks[$0].dropOut(&$1, i, j) }
      // 6: O ← diag(exp(m − mⁿᵉʷ))·O + P̃ᵢⱼVⱼ, m ← mⁿᵉʷ.
      Oi.scaleRows(by: a)
      Oi.addProduct(Pij, Vj)
      mi = miNew
    }
    // 7: O ← diag(ℓ)⁻¹·O, L = m + log(ℓ); write both to HBM, head by head.
    Oi.divideRows(by: li)
    let Li = mi + log(li)
    let parts = heads.map(partial)
    core.store(Oi, toStacked: parts.map(\.O))
    core.store(Li, toStacked: parts.map(\.L))
  }
}
