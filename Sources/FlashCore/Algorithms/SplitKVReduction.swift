// Flash-decoding's second kernel: what disjoint keys gave, put together. O of all keys is the average of
// the partial outputs, weighted by exp(Lₛ); it is taken online, as FlashAttention-2's line 9 takes the
// softmax, so that no chunk is read twice. The numbers before lines are those of this listing:
//
//   1. Initialize Oᵢ = (0), ℓᵢ = (0), mᵢ = (−∞) on chip.
//   2. For each chunk s: load its Oₛ and Lₛ.
//   3.   mᵢⁿᵉʷ = max(mᵢ, Lₛ), a = exp(mᵢ − mᵢⁿᵉʷ), b = exp(Lₛ − mᵢⁿᵉʷ), ℓᵢ ← a·ℓᵢ + b.
//   4.   Oᵢ ← diag(a)·Oᵢ + diag(b)·Oₛ, mᵢ ← mᵢⁿᵉʷ.
//   5. Oᵢ ← diag(ℓᵢ)⁻¹·Oᵢ, Lᵢ = mᵢ + log(ℓᵢ); write both to HBM.
//
// A row that sees no key of a chunk has Oₛ = 0 and Lₛ = −∞ there, and b = 0.

internal import HBMSim
internal import TileKernels

extension Phase {
  /// The reduction of partial results.
  static let reduce = Phase("reduce")
}

/// Where a block of queries has its output and its log-sum-exps, of a part of the keys.
struct PartialBlocks {
  let O: HBMBlock<Queries, ValueFeatures>
  let L: HBMBlock<Queries, One>
}

extension SplitKV {
  /// A block of the queries of one head.
  static func reduce(
    _ core: borrowing Core, _ parts: some Sequence<PartialBlocks>,
    _ O: HBMBlock<Queries, ValueFeatures>, _ L: HBMBlock<Queries, One>
  ) {
    core.begin(.reduce)
    // 1: Initialize Oᵢ = (0), ℓᵢ = (0), mᵢ = (−∞) on chip.
    var Oi: Tile<Queries, ValueFeatures> = core.zeros(O.rows, O.columns)
    var li: TileVector<Queries> = core.vector(O.rows, repeating: 0)
    var mi: TileVector<Queries> = core.vector(O.rows, repeating: -.infinity)
    for part in parts {
      // 2: For each chunk s: load its Oₛ and Lₛ.
      var Os = core.loadWidened(part.O)
      let Ls = core.load(part.L)
      // 3: mᵢⁿᵉʷ = max(mᵢ, Lₛ), a = exp(mᵢ − mᵢⁿᵉʷ), b = exp(Lₛ − mᵢⁿᵉʷ), ℓᵢ ← a·ℓᵢ + b.
      let miNew = max(mi, Ls)
      let a = exp(mi, minus: miNew)
      let b = exp(Ls, minus: miNew)
      li = a * li + b
      // 4: Oᵢ ← diag(a)·Oᵢ + diag(b)·Oₛ, mᵢ ← mᵢⁿᵉʷ.
      Oi.scaleRows(by: a)
      Os.scaleRows(by: b)
      Oi.addElements(of: Os)
      mi = miNew
    }
    // 5: Oᵢ ← diag(ℓᵢ)⁻¹·Oᵢ, Lᵢ = mᵢ + log(ℓᵢ); write both to HBM.
    Oi.divideRows(by: li)
    let Li = mi + log(li)
    core.store(Oi, to: O)
    core.store(Li, to: L)
  }

  /// Vectors, at line 3, are ℓᵢ, mᵢ, Lₛ, mᵢⁿᵉʷ, a, b, the product and the sum; all is f32.
  static func reductionBudget(rows: Int, valueDim: Int) -> SRAMBudget {
    SRAMBudget(
      "reduction",
      [
        "O": 4 * rows * valueDim, "O_partial": 4 * rows * valueDim, "vectors": 4 * 8 * rows,
      ])
  }
}
