// Standard attention as frameworks run it, with the softmax scale τ: a kernel an operation, each a tile
// program within the SRAM of a core. Matrices bear the paper's names, and K′ is τK. All of S is computed
// and moved, whatever the mask, as in Algorithm 0 (Dao et al. 2022), of which these are the lines in
// single operations.

internal import HBMSim
internal import TileKernels

extension Phase {
  /// K′ = τK, as the authors' benchmark has it.
  static let scale = Phase("scale")
  /// S ← c·tanh(S/c).
  static let softcap = Phase("softcap")
  /// S less the distances of ALiBi.
  static let alibi = Phase("alibi")
  /// S plus a bias.
  static let bias = Phase("bias")
  /// S with −∞ where a query does not see a key.
  static let mask = Phase("mask")
  /// P ∘ Z/(1 − p).
  static let dropout = Phase("dropout")
}

extension StandardEager {
  /// K′ⱼ = τ·Kⱼ; and the derivative, dKⱼ = τ·dK′ⱼ.
  static func scale(
    _ core: borrowing Core, _ K: HBMBlock<Keys, Features>, to scaledK: HBMBlock<Keys, Features>,
    by tau: Float
  ) {
    var Kj = core.loadWidened(K)
    Kj.scaleRows(by: core.vector(K.rows, repeating: tau))
    core.store(Kj, to: scaledK)
  }

  /// S = QK′ᵀ, of all heads that share K′, which is loaded once.
  static func scores(
    _ core: borrowing Core, heads: Range<Int>, _ Q: HeadBlocks<Queries, Features>,
    _ scaledK: HBMRowBlocks<Keys, Features>, _ S: HeadGrid<Queries, Keys>
  ) {
    let K = Tiles(count: scaledK.indices.count) { core.load(scaledK[$0]) }
    for h in heads {
      for i in Q[h].indices {
        let Qi = core.load(Q[h][i])
        for j in K.indices { core.store(product(Qi, transposed: K[j]), to: S[h][i, j]) }
      }
    }
  }

  /// Sᵢⱼ ← c·tanh(Sᵢⱼ/c).
  static func softcap(
    _ core: borrowing Core, _ S: HBMBlock<Queries, Keys>, to capped: HBMBlock<Queries, Keys>,
    at cap: Float
  ) {
    var Sij = core.loadWidened(S)
    Sij.softcap(at: cap)
    core.store(Sij, to: capped)
  }

  /// Sᵢⱼ ← Sᵢⱼ − slope·|own key − key|.
  static func addDistances(
    _ core: borrowing Core, _ source: HBMBlock<Queries, Keys>, to S: HBMBlock<Queries, Keys>,
    slope: Float, from ownKey: (_ row: Int) -> Int
  ) {
    var Sij = core.loadWidened(source)
    Sij.addDistances(slope: slope, from: ownKey)
    core.store(Sij, to: S)
  }

  /// Sᵢⱼ ← Sᵢⱼ + biasᵢⱼ, of all heads that share the bias, whose block is loaded once.
  static func addBias(
    _ core: borrowing Core, heads: [Int], _ bias: HBMBlock<Queries, Keys>,
    _ source: HeadGrid<Queries, Keys>, to S: HeadGrid<Queries, Keys>, row i: Int, column j: Int
  ) {
    let biasij = core.load(bias)
    for h in heads {
      var Sij = core.loadWidened(source[h][i, j])
      Sij.addElements(of: biasij)
      core.store(Sij, to: S[h][i, j])
    }
  }

  /// Sᵢⱼ ← −∞ where maskᵢⱼ is false, of all heads that share the mask, whose block is loaded once.
  static func ruleOut(
    _ core: borrowing Core, heads: [Int], _ mask: HBMBlock<Queries, Keys>,
    _ source: HeadGrid<Queries, Keys>, to S: HeadGrid<Queries, Keys>, row i: Int, column j: Int
  ) {
    let maskij = core.load(mask)
    for h in heads {
      var Sij = core.loadWidened(source[h][i, j])
      Sij.keepElements(where: maskij)
      core.store(Sij, to: S[h][i, j])
    }
  }

  /// P = softmax(S), whole rows at a time.
  static func softmax(
    _ core: borrowing Core, _ S: HBMBlock<Queries, Keys>, _ P: HBMBlock<Queries, Keys>
  ) {
    let Si = core.loadWidened(S)
    let mi = rowMax(Si)
    var Pi = exp(Si, minus: mi)
    let li = rowSum(Pi)
    Pi.divideRows(by: li)
    core.store(Pi, to: P)
  }

  /// Zᵢⱼ is 1 where a weight is kept and 0 elsewhere; Pᵢⱼ ← Pᵢⱼ ∘ Zᵢⱼ/(1 − p). Both are written.
  static func dropOut(
    _ core: borrowing Core, _ P: HBMBlock<Queries, Keys>, to droppedP: HBMBlock<Queries, Keys>,
    _ Z: HBMBlock<Queries, Keys>, _ dropout: Dropout, batch: Int, head: Int, firstQuery: Int,
    firstKey: Int
  ) {
    var Pij = core.loadWidened(P)
    let Zij = Pij.dropoutMask(
      dropout, batch: batch, head: head, firstQuery: firstQuery, firstKey: firstKey)
    core.store(Zij, to: Z)
    Pij.scaleElements(by: dropout.scale, where: Zij)
    core.store(Pij, to: droppedP)
  }

  /// O = PV, of all heads that share V, which is loaded once.
  static func output(
    _ core: borrowing Core, heads: Range<Int>, _ P: HeadGrid<Queries, Keys>,
    _ V: HBMRowBlocks<Keys, ValueFeatures>, _ O: HeadBlocks<Queries, ValueFeatures>
  ) {
    let Vs = Tiles(count: V.indices.count) { core.load(V[$0]) }
    for h in heads {
      for i in O[h].indices {
        var Oi: Tile<Queries, ValueFeatures> = core.zeros(O[h][i].rows, O[h][i].columns)
        for j in Vs.indices {
          let Pij = core.load(P[h][i, j])
          Oi.addProduct(Pij, Vs[j])
        }
        core.store(Oi, to: O[h][i])
      }
    }
  }
}
