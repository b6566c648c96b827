// Flash-decoding's first kernel (Dao, Haziza, Massa and Sizov 2023): FlashAttention-2's forward pass on
// a chunk of the keys, for all heads of queries that share them. There is no numbered listing of it;
// the numbers before lines are those of this one, whose matrices bear FlashAttention-2's names:
//
//   1. Load Qᵢ of each head; initialize Oᵢ = (0), ℓᵢ = (0), mᵢ = (−∞) on chip.
//   2. For each block j of the chunk:
//   3.   Load Kⱼ, Vⱼ, once for all heads; then for each head:
//   4.   Sᵢⱼ = MASK(τ·QᵢKⱼᵀ).
//   5.   mᵢⁿᵉʷ = max(mᵢ, rowmax(Sᵢⱼ)), P̃ᵢⱼ = exp(Sᵢⱼ − mᵢⁿᵉʷ), ℓᵢ ← exp(mᵢ − mᵢⁿᵉʷ)·ℓᵢ + rowsum(P̃ᵢⱼ).
//   6.   Oᵢ ← diag(exp(mᵢ − mᵢⁿᵉʷ))·Oᵢ + P̃ᵢⱼVⱼ, mᵢ ← mᵢⁿᵉʷ.
//   7. For each head: Oᵢ ← diag(ℓᵢ)⁻¹·Oᵢ, Lᵢ = mᵢ + log(ℓᵢ); write both to HBM.

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
    let first = heads.lowerBound
    let (rows, columns) = (partial(first).O.rows, partial(first).O.columns)
    // 1: Load Qᵢ of each head; initialize Oᵢ = (0), ℓᵢ = (0), mᵢ = (−∞) on chip.
    let Qi = Tiles(count: heads.count) { h in core.load(Q[first + h][i]) }
    var Oi = Tiles<Queries, ValueFeatures>(count: heads.count) { _ in core.zeros(rows, columns) }
    var li = TileVectors<Queries>(count: heads.count) { _ in core.vector(rows, repeating: 0) }
    var mi = TileVectors<Queries>(count: heads.count) { _ in
      core.vector(rows, repeating: -.infinity)
    }
    // 2: For each block j of the chunk; heads that share keys share their mask.
    for j in chunk where scores(first).isLive(i, j) {
      // 3: Load Kⱼ, Vⱼ, once for all heads.
      let Kj = core.load(K[j])
      let Vj = core.load(V[j])
      for h in Qi.indices {
        let mask = scores(first + h)
        // 4: Sᵢⱼ = MASK(τ·QᵢKⱼᵀ).
        var Sij = product(Qi[h], transposed: Kj, scaledBy: tau)
        mask.apply(core, to: &Sij, i, j)
        // 5: mᵢⁿᵉʷ = max(mᵢ, rowmax(Sᵢⱼ)), P̃ᵢⱼ = exp(Sᵢⱼ − mᵢⁿᵉʷ),
        //    ℓᵢ ← exp(mᵢ − mᵢⁿᵉʷ)·ℓᵢ + rowsum(P̃ᵢⱼ).
        let miNew = max(mi[h], rowMax(Sij))
        var Pij = exp(Sij, minus: miNew)
        let a = exp(mi[h], minus: miNew)
        li[h] = a * li[h] + rowSum(Pij)
        mask.dropOut(&Pij, i, j)
        // 6: Oᵢ ← diag(exp(mᵢ − mᵢⁿᵉʷ))·Oᵢ + P̃ᵢⱼVⱼ, mᵢ ← mᵢⁿᵉʷ.
        Oi[h].scaleRows(by: a)
        Oi[h].addProduct(Pij, Vj)
        mi[h] = miNew
      }
    }
    // 7: For each head: Oᵢ ← diag(ℓᵢ)⁻¹·Oᵢ, Lᵢ = mᵢ + log(ℓᵢ); write both to HBM.
    for h in Qi.indices {
      Oi[h].divideRows(by: li[h])
      let Li = mi[h] + log(li[h])
      core.store(Oi[h], to: partial(first + h).O)
      core.store(Li, to: partial(first + h).L)
    }
  }
}
