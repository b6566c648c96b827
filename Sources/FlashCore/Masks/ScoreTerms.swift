internal import HBMSim
internal import TileKernels

/// What becomes of the scores and weights of one (batch, head): the MASK of Algorithms 2 and 4, the
/// soft cap, the distances and the bias that go before it, and dropout.
struct ScoreTerms: Sendable {
  /// Which blocks are left over.
  let map: BlockMap
  private let options: AttentionOptions
  private let batch: Int
  private let head: Int
  private let blocks: Blocks
  private let shape: AttentionShape
  /// Who sees whom, where it lies in HBM.
  private let mask: HBMBlocks<Queries, Keys>?
  /// What is added to scores, where there is such a thing.
  private let bias: HBMBlocks<Queries, Keys>?
  /// Whether scores change in whole blocks too.
  private let changesAll: Bool

  init(
    _ options: AttentionOptions, batch: Int, head: Int, map: BlockMap, _ blocks: Blocks,
    _ shape: AttentionShape, _ tensors: ScoreTensors = ScoreTensors()
  ) {
    self.map = map
    self.options = options
    self.batch = batch
    self.head = head
    self.blocks = blocks
    self.shape = shape
    mask = tensors.mask.flatMap { mask in
      options.maskTensor.map { HeadGrid(mask, blocks)[$0.matrix(batch: batch, head: head)] }
    }
    bias = tensors.bias.flatMap { bias in
      options.bias.map { HeadGrid(bias, blocks)[$0.matrix(batch: batch, head: head)] }
    }
    changesAll = options.softcap != nil || options.slopes != nil || mask != nil || bias != nil
  }

  /// Whether anything of block (i, j) is computed.
  func isLive(_ i: Int, _ j: Int) -> Bool { map.isLive(i, j) }

  /// The diagonals of block (i, j), key − query from its first ones on, that the mask leaves anything of;
  /// nil where that is all of them.
  ///
  /// - Complexity: O(B_r).
  func diagonals(_ i: Int, _ j: Int) -> Range<Int>? {
    guard map[i, j] == .partial else { return nil }
    let firstQuery = i * blocks.rows
    let firstKey = j * blocks.columns
    var (lower, upper) = (blocks.columns, -blocks.rows)
    for row in 0..<min(blocks.rows, shape.queries - firstQuery) {
      let seen = options.mask.visibleKeys(query: firstQuery + row, batch: batch, shape).range
        .shifted(by: -firstKey).clamped(to: 0..<blocks.columns)
      if seen.isEmpty { continue }
      lower = min(lower, seen.lowerBound - row)
      upper = max(upper, seen.upperBound - row)
    }
    return lower < upper ? lower..<upper : 0..<0
  }

  /// Sᵢⱼ ← MASK(Sᵢⱼ), with blocks of a mask and a bias from HBM where there are such tensors.
  func apply(_ core: borrowing Core, to Sij: inout Tile<Queries, Keys>, _ i: Int, _ j: Int) {
    if !changesAll && map[i, j] == .whole { return }
    let firstQuery = i * blocks.rows
    let firstKey = j * blocks.columns
    let rule = options.mask
    if let cap = options.softcap { Sij.softcap(at: cap) }
    if let slope = options.slopes?[head] {
      Sij.addDistances(slope: slope) { row in
        rule.ownKey(ofQuery: firstQuery + row, shape) - firstKey
      }
    }
    if let bias { Sij.addElements(of: core.load(bias[i, j])) }
    if let mask { Sij.keepElements(where: core.load(mask[i, j])) }
    switch map[i, j] {
    case .whole: return
    case .dead:
      // Standard attention computes it all the same.
      Sij.keepColumns { _ in 0..<0 }
    case .partial:
      Sij.keepColumns { row in
        rule.visibleKeys(query: firstQuery + row, batch: batch, shape).range
          .shifted(by: -firstKey)
      }
      if rule.mayHaveGaps {
        Sij.dropColumns { row in
          rule.visibleKeys(query: firstQuery + row, batch: batch, shape).gap
            .shifted(by: -firstKey)
        }
      }
    }
  }

  /// dSᵢⱼ ← dSᵢⱼ ∘ (1 − (Sᵢⱼ/c)²), where a soft cap has made Sᵢⱼ of τ·QᵢKⱼᵀ; the rest of the mask has
  /// no slope.
  func applyDerivative(
    to dSij: inout Tile<Queries, Keys>, _ Qi: borrowing Tile<Queries, Features>,
    _ Kj: borrowing Tile<Keys, Features>, scale tau: Float
  ) {
    guard let cap = options.softcap else { return }
    var Sij = product(Qi, transposed: Kj, scaledBy: tau)
    Sij.softcap(at: cap)
    dSij.scaleBySoftcapDerivative(of: Sij, at: cap)
  }

  /// Whether the scores have gone through a soft cap, whose slope the backward pass needs.
  var isCapped: Bool { options.softcap != nil }

  /// The same, where Sᵢⱼ is what ``apply(_:to:_:_:)`` has made, and Pᵢⱼ of it: the bias and the
  /// distances are taken back first.
  func applyDerivative(
    _ core: borrowing Core, to dSij: inout Tile<Queries, Keys>,
    _ Sij: consuming Tile<Queries, Keys>, _ Pij: borrowing Tile<Queries, Keys>, _ i: Int, _ j: Int
  ) {
    guard let cap = options.softcap else { return }
    if let bias {
      Sij.subtractElements(of: core.load(bias[i, j]))
      // Where the bias is −∞ that was NaN, and there is no weight.
      Sij.keepElements(where: Pij)
    }
    if let slope = options.slopes?[head] {
      Sij.addDistances(slope: -slope) { row in
        options.mask.ownKey(ofQuery: i * blocks.rows + row, shape) - j * blocks.columns
      }
    }
    dSij.scaleBySoftcapDerivative(of: Sij, at: cap)
  }

  /// Pᵢⱼ ← Pᵢⱼ ∘ Zᵢⱼ, with Z of 1/(1 − p) or 0.
  func dropOut(_ Pij: inout Tile<Queries, Keys>, _ i: Int, _ j: Int) {
    guard let dropout = options.dropout else { return }
    Pij.dropOut(
      dropout, batch: batch, head: head, firstQuery: i * blocks.rows, firstKey: j * blocks.columns)
  }

  /// Pᵢⱼ ∘ Zᵢⱼ of Pᵢⱼ in HBM.
  func loadDropped(
    _ core: borrowing Core, _ Pij: HBMBlock<Queries, Keys>, _ i: Int, _ j: Int
  ) -> Tile<Queries, Keys> {
    if options.dropout == nil { return core.load(Pij) }
    var dropped = core.loadWidened(Pij)
    dropOut(&dropped, i, j)
    return dropped
  }

  /// dVⱼ ← dVⱼ + (Pᵢⱼ ∘ Zᵢⱼ)ᵀdOᵢ.
  func addDroppedProduct(
    to dVj: inout Tile<Keys, ValueFeatures>, _ Pij: borrowing Tile<Queries, Keys>,
    _ dOi: borrowing Tile<Queries, ValueFeatures>, _ i: Int, _ j: Int
  ) {
    guard let dropout = options.dropout else {
      dVj.addProduct(transposed: Pij, dOi)
      return
    }
    let dropped = Pij.droppedOut(
      dropout, batch: batch, head: head, firstQuery: i * blocks.rows, firstKey: j * blocks.columns)
    dVj.addProduct(transposed: dropped, dOi)
  }
}

/// The tensors in HBM that change scores.
struct ScoreTensors: Sendable {
  var mask: HBMTensor<Queries, Keys>?
  var bias: HBMTensor<Queries, Keys>?
}

extension Range<Int> {
  fileprivate func shifted(by offset: Int) -> Range {
    lowerBound + offset..<upperBound + offset
  }
}
