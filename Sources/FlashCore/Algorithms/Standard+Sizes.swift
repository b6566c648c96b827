internal import HBMSim

/// Standard attention: S and P, and dP and dS, go through HBM.
enum Standard: AttentionAlgorithm {
  static func costlySide(_ pass: Pass) -> Blocks.Side { .rows }

  /// The lines of Algorithm 0 and of Algorithm 3.
  static func launches(_ pass: Pass) -> Int {
    (pass.countsForward ? 3 : 0) + (pass.hasBackward ? 5 : 0)
  }

  /// What the second kernel holds of S at a time: whole rows as far as they fit with m and ℓ, or a part
  /// of them with what line 9 of FlashAttention-2 holds.
  static func softmaxBlocks(_ blocks: Blocks, _ request: AttentionRequest) -> Blocks {
    rowBlocks(blocks, request, matrices: 1, vectors: 2, vectorsInParts: 7)
  }

  /// What the third kernel of the backward pass holds of P, dP and, with a soft cap, S at a time: whole
  /// rows as far as they fit with D, or a part of them with D, what is added and the sum.
  static func scoreGradientBlocks(_ blocks: Blocks, _ request: AttentionRequest) -> Blocks {
    rowBlocks(
      blocks, request, matrices: request.options.softcap == nil ? 2 : 3, vectors: 1,
      vectorsInParts: 3)
  }

  private static func rowBlocks(
    _ blocks: Blocks, _ request: AttentionRequest, matrices: Int, vectors: Int,
    vectorsInParts: Int
  ) -> Blocks {
    let keys = request.shape.keys
    guard let bytes = request.sram.byteCount else {
      return Blocks(rows: blocks.rows, columns: keys)
    }
    let M = bytes / 4
    let row = matrices * keys + vectors
    if row <= M { return Blocks(rows: min(blocks.rows, M / row), columns: keys) }
    let rows = max(1, min(blocks.rows, 16, M / 64))
    return Blocks(
      rows: rows, columns: max(1, min(keys - 1, (M / rows - vectorsInParts) / matrices)))
  }

  static func footprint(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    let shape = request.shape
    let forward = max(
      productFootprint(blocks, shape.headDim),
      softmaxFootprint(softmaxBlocks(blocks, request), shape),
      productFootprint(blocks, shape.valueDim))
    if !request.pass.hasBackward { return forward }
    let backward = max(
      productFootprint(blocks, max(shape.headDim, shape.valueDim)),
      scoreGradientFootprint(scoreGradientBlocks(blocks, request), request))
    return request.pass.countsForward ? max(forward, backward) : backward
  }

  /// A block of rows, a block of columns, and a block of S, P, dP or dS.
  static func productFootprint(_ blocks: Blocks, _ dim: Int) -> Int {
    4 * ((blocks.rows + blocks.columns) * dim + blocks.rows * blocks.columns)
  }

  static func softmaxFootprint(_ parts: Blocks, _ shape: AttentionShape) -> Int {
    4 * parts.rows * (parts.columns + (parts.columns == shape.keys ? 2 : 7))
  }

  static func scoreGradientFootprint(_ parts: Blocks, _ request: AttentionRequest) -> Int {
    // The sums of parts need three vectors, dS then one, and S with a soft cap.
    let sums = parts.columns == request.shape.keys ? 0 : 2 * parts.columns + 3
    let gradient = (request.options.softcap == nil ? 2 : 3) * parts.columns + 1
    return 4 * parts.rows * max(sums, gradient)
  }

  /// Forward: S and P are written once and read once, or S twice; Q and O move once, K and V once a
  /// block of rows. Backward: P is read twice, dP written and read once, dS written once and read twice,
  /// or P and dP once more; the gradients move once, dO once and once a block of columns, V and K once a
  /// block of rows, Q once a block of columns.
  static func closedForm(
    _ blocks: Blocks, _ request: AttentionRequest, live: LiveBlocks
  ) -> Ledger {
    let shape = request.shape
    let Nq = shape.matrices * shape.queries
    let Nk = shape.kvMatrices * shape.keys
    let (d, dv) = (shape.headDim, shape.valueDim)
    let scores = Nq * shape.keys
    // K and V are read for every head of queries.
    let keyRows = shape.matrices * shape.keys * ceilingQuotient(shape.queries, blocks.rows)
    let queryRows = Nq * ceilingQuotient(shape.keys, blocks.columns)
    var ledger = Ledger()
    func add(_ tensor: String, _ phase: Phase, reads: Int = 0, writes: Int = 0) {
      ledger.add(Traffic(reads: reads, writes: writes, of: .f32), phase: phase, tensor: tensor)
    }
    if request.pass.countsForward {
      let passes = softmaxBlocks(blocks, request).columns == shape.keys ? 1 : 2
      add("Q", .scores, reads: Nq * d)
      add("K", .scores, reads: keyRows * d)
      add("S", .scores, writes: scores)
      add("S", .softmax, reads: passes * scores)
      add("P", .softmax, writes: scores)
      add("P", .output, reads: scores)
      add("V", .output, reads: keyRows * dv)
      add("O", .output, writes: Nq * dv)
    }
    if request.pass.hasBackward {
      let passes = scoreGradientBlocks(blocks, request).columns == shape.keys ? 1 : 2
      add("P", .valueGradient, reads: scores)
      add("dO", .valueGradient, reads: queryRows * dv)
      add("dV", .valueGradient, writes: Nk * dv)
      add("dO", .probabilityGradient, reads: Nq * dv)
      add("V", .probabilityGradient, reads: keyRows * dv)
      add("dP", .probabilityGradient, writes: scores)
      add("P", .scoreGradient, reads: passes * scores)
      add("dP", .scoreGradient, reads: passes * scores)
      if request.options.softcap != nil { add("S", .scoreGradient, reads: scores) }
      add("dS", .scoreGradient, writes: scores)
      add("dS", .queryGradient, reads: scores)
      add("K", .queryGradient, reads: keyRows * d)
      add("dQ", .queryGradient, writes: Nq * d)
      add("dS", .keyGradient, reads: scores)
      add("Q", .keyGradient, reads: queryRows * d)
      add("dK", .keyGradient, writes: Nk * d)
    }
    request.addRandomState(to: &ledger)
    return ledger
  }

  static func hbmElements(_ request: AttentionRequest) -> Int {
    let shape = request.shape
    let rows = shape.matrices * shape.queries
    let forward = rows * (shape.valueDim + 2 * shape.keys)
    return forward
      + (request.pass.hasBackward ? shape.gradientElements + 2 * rows * shape.keys : 0)
  }
}
