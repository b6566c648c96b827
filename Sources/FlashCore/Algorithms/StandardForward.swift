// Standard attention, Algorithm 0 (Dao et al. 2022), with the softmax scale τ and a mask: three
// kernels, each a tile program within the SRAM of a core. All of S is computed and moved, whatever the
// mask, as frameworks do. Matrices bear the paper's names.

internal import HBMSim
internal import TileKernels

extension Phase {
  /// Line 1 of Algorithm 0.
  static let scores = Phase("scores")
  /// Line 2 of Algorithm 0.
  static let softmax = Phase("softmax")
  /// Line 3 of Algorithm 0.
  static let output = Phase("output")
}

extension Standard {
  /// 1: Load Q, K by blocks from HBM, compute S = MASK(τ·QKᵀ), write S to HBM.
  static func scores(
    _ core: borrowing Core, _ Q: HBMBlock<Queries, Features>, _ K: HBMRowBlocks<Keys, Features>,
    _ S: HBMBlocks<Queries, Keys>, row i: Int, terms: ScoreTerms, scale tau: Float
  ) {
    core.begin(.scores)
    let Qi = core.load(Q)
    for j in K.indices {
      let Kj = core.load(K[j])
      var Sij = product(Qi, transposed: Kj, scaledBy: tau)
      terms.apply(core, to: &Sij, i, j)
      core.store(Sij, to: S[i, j])
    }
  }

  /// 2: Read S from HBM, compute P = softmax(S), write P to HBM; whole rows at a time.
  static func softmax(
    _ core: borrowing Core, _ S: HBMBlock<Queries, Keys>, _ P: HBMBlock<Queries, Keys>
  ) {
    core.begin(.softmax)
    let Si = core.loadWidened(S)
    let mi = rowMax(Si)
    var Pi = exp(Si, minus: mi)
    let li = rowSum(Pi)
    Pi.divideRows(by: li)
    core.store(Pi, to: P)
  }

  /// 2, where a row does not fit: S is read once for the statistics and once more for P.
  static func softmaxInParts(
    _ core: borrowing Core, _ S: HBMBlocks<Queries, Keys>, _ P: HBMBlocks<Queries, Keys>,
    row i: Int
  ) {
    core.begin(.softmax)
    let rows = S[i, 0].rows
    var li: TileVector<Queries> = core.vector(rows, repeating: 0)
    var mi: TileVector<Queries> = core.vector(rows, repeating: -.infinity)
    for j in S.columnIndices {
      let Sij = core.loadWidened(S[i, j])
      let miNew = max(mi, rowMax(Sij))
      let Pij = exp(Sij, minus: miNew)
      let a = exp(mi, minus: miNew)
      li = a * li + rowSum(Pij)
      mi = miNew
    }
    for j in S.columnIndices {
      let Sij = core.loadWidened(S[i, j])
      var Pij = exp(Sij, minus: mi)
      Pij.divideRows(by: li)
      core.store(Pij, to: P[i, j])
    }
  }

  /// 3: Load P, V by blocks from HBM, compute O = (P ∘ Z)V, write O to HBM.
  static func output(
    _ core: borrowing Core, _ P: HBMBlocks<Queries, Keys>, _ V: HBMRowBlocks<Keys, ValueFeatures>,
    _ O: HBMBlock<Queries, ValueFeatures>, row i: Int, terms: ScoreTerms
  ) {
    core.begin(.output)
    var Oi: Tile<Queries, ValueFeatures> = core.zeros(O.rows, O.columns)
    for j in V.indices {
      let Pij = terms.loadDropped(core, P[i, j], i, j)
      let Vj = core.load(V[j])
      Oi.addProduct(Pij, Vj)
    }
    core.store(Oi, to: O)
  }
}
