internal import HBMSim

/// Standard attention: S and P, and dP and dS, go through HBM.
enum Standard: AttentionAlgorithm {
  static func costlySide(_ pass: Pass) -> Blocks.Side { .rows }

  /// The lines of Algorithm 0 and of Algorithm 3.
  static func launches(_ pass: Pass) -> Int {
    (pass.countsForward ? 3 : 0) + (pass.hasBackward ? 5 : 0)
  }

  /// What the second kernel holds of S at a time: whole rows as far as they fit with m and ℓ, or a part
  /// of them with what line 9 of FlashAttention-2 holds. S becomes P in its place, and so is f32.
  static func softmaxBlocks(_ blocks: Blocks, _ request: AttentionRequest) -> Blocks {
    rowBlocks(blocks, request, bytesPerScore: 4, vectors: 2, vectorsInParts: 7)
  }

  /// What the third kernel of the backward pass holds of P, dP and, with a soft cap, S at a time: whole
  /// rows as far as they fit with D, or a part of them with D, what is added and the sum.
  static func scoreGradientBlocks(_ blocks: Blocks, _ request: AttentionRequest) -> Blocks {
    rowBlocks(
      blocks, request, bytesPerScore: bytesPerScoreGradient(request), vectors: 1,
      vectorsInParts: 3)
  }

  /// P as in HBM; dP, which becomes dS in its place, and S, which loses its distances and its bias, in
  /// f32.
  private static func bytesPerScoreGradient(_ request: AttentionRequest) -> Int {
    if request.options.softcap == nil { return request.elementSize + 4 }
    return request.elementSize + 8 + (request.options.bias?.elementType.size ?? 0)
  }

  private static func rowBlocks(
    _ blocks: Blocks, _ request: AttentionRequest, bytesPerScore: Int, vectors: Int,
    vectorsInParts: Int
  ) -> Blocks {
    let keys = request.shape.keys
    guard let M = request.sram.byteCount else {
      return Blocks(rows: blocks.rows, columns: keys)
    }
    let row = bytesPerScore * keys + 4 * vectors
    if row <= M { return Blocks(rows: min(blocks.rows, M / row), columns: keys) }
    let rows = max(1, min(blocks.rows, 16, M / 256))
    return Blocks(
      rows: rows,
      columns: max(1, min(keys - 1, (M / rows - 4 * vectorsInParts) / bytesPerScore)))
  }

  static func footprint(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    let forward = max(
      scoresFootprint(blocks, request),
      softmaxFootprint(softmaxBlocks(blocks, request), request),
      outputFootprint(blocks, request))
    if !request.pass.hasBackward { return forward }
    let backward = [
      valueGradientFootprint(blocks, request),
      probabilityGradientFootprint(blocks, request),
      scoreGradientFootprint(scoreGradientBlocks(blocks, request), request),
      queryGradientFootprint(blocks, request),
      keyGradientFootprint(blocks, request),
    ].reduce(0, max)
    return request.pass.countsForward ? max(forward, backward) : backward
  }

  /// Qᵢ, Kⱼ and Sᵢⱼ, and a block of a mask or bias.
  static func scoresFootprint(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    let (Br, Bc) = (blocks.rows, blocks.columns)
    return request.elementSize * (Br + Bc) * request.shape.headDim
      + (4 + request.options.scoreTensorSize) * Br * Bc
  }

  /// Sᵢ, and m and ℓ or what the parts of a row need.
  static func softmaxFootprint(_ parts: Blocks, _ request: AttentionRequest) -> Int {
    4 * parts.rows * (parts.columns + (parts.columns == request.shape.keys ? 2 : 7))
  }

  /// Pᵢⱼ, Vⱼ and Oᵢ.
  static func outputFootprint(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    let (Br, Bc, dv) = (blocks.rows, blocks.columns, request.shape.valueDim)
    return request.droppedSize * Br * Bc + request.elementSize * Bc * dv + 4 * Br * dv
  }

  /// Pᵢⱼ, dOᵢ and dVⱼ.
  static func valueGradientFootprint(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    let (Br, Bc, dv) = (blocks.rows, blocks.columns, request.shape.valueDim)
    return request.droppedSize * Br * Bc + request.elementSize * Br * dv + 4 * Bc * dv
  }

  /// dOᵢ, Vⱼ and dPᵢⱼ.
  static func probabilityGradientFootprint(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    let (Br, Bc) = (blocks.rows, blocks.columns)
    return request.elementSize * (Br + Bc) * request.shape.valueDim + 4 * Br * Bc
  }

  static func scoreGradientFootprint(_ parts: Blocks, _ request: AttentionRequest) -> Int {
    // The sums of parts take P and dP as in HBM and three vectors, dS then one.
    let sums =
      parts.columns == request.shape.keys ? 0 : 2 * request.elementSize * parts.columns + 3 * 4
    let gradient = bytesPerScoreGradient(request) * parts.columns + 4
    return parts.rows * max(sums, gradient)
  }

  /// dSᵢⱼ, Kⱼ and dQᵢ.
  static func queryGradientFootprint(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    let (Br, Bc, d) = (blocks.rows, blocks.columns, request.shape.headDim)
    return request.elementSize * (Br * Bc + Bc * d) + 4 * Br * d
  }

  /// dSᵢⱼ, Qᵢ and dKⱼ.
  static func keyGradientFootprint(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    let (Br, Bc, d) = (blocks.rows, blocks.columns, request.shape.headDim)
    return request.elementSize * (Br * Bc + Br * d) + 4 * Bc * d
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
    let type = request.precision.elementType
    func add(_ tensor: String, _ phase: Phase, reads: Int = 0, writes: Int = 0) {
      ledger.add(Traffic(reads: reads, writes: writes, of: type), phase: phase, tensor: tensor)
    }
    if request.pass.countsForward {
      let passes = softmaxBlocks(blocks, request).columns == shape.keys ? 1 : 2
      add("Q", .scores, reads: Nq * d)
      add("K", .scores, reads: keyRows * d)
      add("S", .scores, writes: scores)
      request.addScoreTensors(to: &ledger, elements: scores, .scores)
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
      if request.options.softcap != nil {
        add("S", .scoreGradient, reads: scores)
        request.addBias(to: &ledger, elements: scores, .scoreGradient)
      }
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

  static func hbmBytes(_ request: AttentionRequest) -> Int {
    let shape = request.shape
    let rows = shape.matrices * shape.queries
    let forward = rows * (shape.valueDim + 2 * shape.keys) * request.elementSize
    return forward
      + (request.pass.hasBackward
        ? request.gradientBytes(addsUpQueryGradient: false)
          + 2 * rows * shape.keys * request.elementSize : 0)
  }
}

extension AttentionRequest {
  /// Bytes of an element of P in SRAM where dropout may change it.
  fileprivate var droppedSize: Int { options.dropout == nil ? elementSize : 4 }
}
