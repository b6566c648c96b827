// P = exp(S − L), which fused algorithms never write: what whoever looks at attention asks for. Matrices
// bear the papers' names.

internal import HBMSim
internal import TileKernels

/// A tile program that writes weights to HBM, given the log-sum-exps of their rows; a launch a block of
/// rows.
enum Probabilities {
  /// Qᵢ and Kⱼ as in HBM, Lᵢ, and Sᵢⱼ, which becomes Pᵢⱼ in its place; and a block of a mask or bias.
  static func footprint(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    let (Br, Bc) = (blocks.rows, blocks.columns)
    return request.elementSize * (Br + Bc) * request.shape.headDim + 4 * (Br * Bc + Br)
      + request.options.scoreTensorSize * Br * Bc
  }

  /// Q and L are read once, K for every live block, and a mask and a bias with it; P is written whole.
  static func closedForm(_ request: AttentionRequest, live: LiveBlocks) -> Ledger {
    let shape = request.shape
    let Nq = shape.matrices * shape.queries
    let type = request.precision.elementType
    var ledger = Ledger()
    for (tensor, traffic) in [
      ("Q", Traffic(reads: Nq * shape.headDim, of: type)),
      ("LSE", Traffic(reads: Nq, of: .f32)),
      ("K", Traffic(reads: shape.heads * live.columns * shape.headDim, of: type)),
      ("P", Traffic(writes: Nq * shape.keys, of: type)),
    ] {
      ledger.add(traffic, phase: .main, tensor: tensor)
    }
    request.addScoreTensors(to: &ledger, elements: shape.heads * live.elements, .main)
    return ledger
  }

  /// The blocks of a plan; or, where Lᵢ does not fit beside them, equal parts of them, with as many rows
  /// as can be, since every block of rows loads the keys. Nil where not even single elements fit.
  static func blocks(within planned: Blocks, _ request: AttentionRequest) -> Blocks? {
    for rows in divisors(of: planned.rows) {
      for columns in divisors(of: planned.columns) {
        let blocks = Blocks(rows: rows, columns: columns)
        guard let available = request.sram.byteCount,
          footprint(blocks, request) > available
        else { return blocks }
      }
    }
    return nil
  }

  /// Block i of the rows.
  static func weigh(
    _ core: borrowing Core, row i: Int, scores: ScoreTerms, _ Q: HBMBlock<Queries, Features>,
    _ K: HBMRowBlocks<Keys, Features>, _ L: HBMBlock<Queries, One>,
    _ P: HBMBlocks<Queries, Keys>, scale tau: Float
  ) {
    let Qi = core.load(Q)
    let Li = core.load(L)
    for j in K.indices {
      if !scores.isLive(i, j) {
        core.fill(P[0, j], with: 0)
        continue
      }
      let Kj = core.load(K[j])
      // Sᵢⱼ = MASK(τ·QᵢKⱼᵀ).
      var Sij = product(Qi, transposed: Kj, scaledBy: tau)
      scores.apply(core, to: &Sij, i, j)
      // Pᵢⱼ = exp(Sᵢⱼ − Lᵢ).
      core.store(exp(Sij, minus: Li), to: P[0, j])
    }
  }
}

extension BlockPattern {
  /// The same blocks, cut into equal parts.
  func cut(_ planned: Blocks, into parts: Blocks, _ shape: AttentionShape) -> BlockPattern {
    if self == .full || planned == parts { return self }
    let isLive = isLive(planned, shape)
    return .blocks(
      (0..<ceilingQuotient(shape.queries, parts.rows)).map { i in
        (0..<ceilingQuotient(shape.keys, parts.columns)).map { j in
          isLive(i * parts.rows / planned.rows, j * parts.columns / planned.columns)
        }
      })
  }
}

/// The numbers that divide a number, itself first.
private func divisors(of number: Int) -> [Int] {
  (1...number).filter { number % $0 == 0 }.reversed()
}
