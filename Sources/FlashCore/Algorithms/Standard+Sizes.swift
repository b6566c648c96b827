internal import HBMSim

/// Standard attention: S and P, and dP and dS, go through HBM.
enum Standard: AttentionAlgorithm {
  static var recomputesScores: Bool { false }

  static func costlySide(_ pass: Pass) -> Blocks.Side { .rows }

  /// The lines of Algorithm 0 and of Algorithm 3.
  static func launches(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    (request.pass.countsForward ? 3 : 0) + (request.pass.hasBackward ? 5 : 0)
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
    request.elementSize + (request.options.softcap == nil ? 4 : 8) + cappedBiasSize(request)
  }

  /// Bytes of an element of the bias, where a soft cap makes it needed in the backward pass.
  private static func cappedBiasSize(_ request: AttentionRequest) -> Int {
    request.options.softcap == nil ? 0 : request.options.bias?.elementType.size ?? 0
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

  static func budgets(_ blocks: Blocks, _ request: AttentionRequest) -> [SRAMBudget] {
    let forward = [
      scoresBudget(blocks, request), softmaxBudget(softmaxBlocks(blocks, request), request),
      outputBudget(blocks, request),
    ]
    let backward = [
      valueGradientBudget(blocks, request), probabilityGradientBudget(blocks, request),
      scoreGradientBudget(scoreGradientBlocks(blocks, request), request),
      queryGradientBudget(blocks, request), keyGradientBudget(blocks, request),
    ]
    return (request.pass.countsForward ? forward : [])
      + (request.pass.hasBackward ? backward : [])
  }

  static func scoresBudget(_ blocks: Blocks, _ request: AttentionRequest) -> SRAMBudget {
    let (Br, Bc, d) = (blocks.rows, blocks.columns, request.shape.headDim)
    return SRAMBudget(
      "S",
      [
        "Q": request.elementSize * Br * d, "K": request.elementSize * Bc * d, "S": 4 * Br * Bc,
        "mask or bias": request.options.scoreTensorSize * Br * Bc,
      ])
  }

  /// Vectors are m and ℓ, or what the parts of a row need.
  static func softmaxBudget(_ parts: Blocks, _ request: AttentionRequest) -> SRAMBudget {
    SRAMBudget(
      "P",
      [
        "S": 4 * parts.rows * parts.columns,
        "vectors": 4 * parts.rows * (parts.columns == request.shape.keys ? 2 : 7),
      ])
  }

  static func outputBudget(_ blocks: Blocks, _ request: AttentionRequest) -> SRAMBudget {
    let (Br, Bc, dv) = (blocks.rows, blocks.columns, request.shape.valueDim)
    return SRAMBudget(
      "O",
      [
        "P": request.droppedSize * Br * Bc, "V": request.elementSize * Bc * dv, "O": 4 * Br * dv,
      ])
  }

  static func valueGradientBudget(_ blocks: Blocks, _ request: AttentionRequest) -> SRAMBudget {
    let (Br, Bc, dv) = (blocks.rows, blocks.columns, request.shape.valueDim)
    return SRAMBudget(
      "dV",
      [
        "P": request.droppedSize * Br * Bc, "dO": request.elementSize * Br * dv,
        "dV": 4 * Bc * dv,
      ])
  }

  static func probabilityGradientBudget(
    _ blocks: Blocks, _ request: AttentionRequest
  ) -> SRAMBudget {
    let (Br, Bc, dv) = (blocks.rows, blocks.columns, request.shape.valueDim)
    return SRAMBudget(
      "dP",
      [
        "dO": request.elementSize * Br * dv, "V": request.elementSize * Bc * dv,
        "dP": 4 * Br * Bc,
      ])
  }

  /// The sums of parts take P and dP as in HBM and three vectors; dS, in the place of dP, then one.
  static func scoreGradientBudget(_ parts: Blocks, _ request: AttentionRequest) -> SRAMBudget {
    let (rows, scores, e) = (parts.rows, parts.rows * parts.columns, request.elementSize)
    let sums = SRAMBudget("D", ["P": e * scores, "dP": e * scores, "vectors": 4 * 3 * rows])
    let gradient = SRAMBudget(
      "dS",
      [
        "P": e * scores, "dP": 4 * scores, "S": request.options.softcap == nil ? 0 : 4 * scores,
        "bias": cappedBiasSize(request) * scores,
        "vectors": 4 * rows,
      ])
    return parts.columns < request.shape.keys && sums.total > gradient.total ? sums : gradient
  }

  static func queryGradientBudget(_ blocks: Blocks, _ request: AttentionRequest) -> SRAMBudget {
    let (Br, Bc, d) = (blocks.rows, blocks.columns, request.shape.headDim)
    return SRAMBudget(
      "dQ",
      [
        "dS": request.elementSize * Br * Bc, "K": request.elementSize * Bc * d, "dQ": 4 * Br * d,
      ])
  }

  static func keyGradientBudget(_ blocks: Blocks, _ request: AttentionRequest) -> SRAMBudget {
    let (Br, Bc, d) = (blocks.rows, blocks.columns, request.shape.headDim)
    return SRAMBudget(
      "dK",
      [
        "dS": request.elementSize * Br * Bc, "Q": request.elementSize * Br * d, "dK": 4 * Bc * d,
      ])
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

  /// S is saved for the slope of a soft cap alone.
  static func hbmFootprint(_ blocks: Blocks, _ request: AttentionRequest) -> HBMFootprint {
    var footprint = HBMFootprint()
    footprint.addScores("S", for: request, as: request.options.softcap == nil ? .temporary : .saved)
    footprint.addScores("P", for: request, as: .saved)
    footprint.addOutput(for: request)
    footprint.addRandomState(for: request)
    if request.pass.hasBackward {
      footprint.addScores("dP", "dS", for: request, as: .temporary)
      footprint.addGradients(for: request)
    }
    return footprint
  }
}

extension AttentionRequest {
  /// Bytes of an element of P in SRAM where dropout may change it.
  fileprivate var droppedSize: Int { options.dropout == nil ? elementSize : 4 }
}
