internal import HBMSim

/// Square tiling: blocks of S, and of matrices cut along features too, so that three squares fill the
/// SRAM. S and dS go through HBM; where SRAM holds less than d² elements or so, that is less than what
/// FlashAttention moves.
enum SquareTiling: AttentionAlgorithm {
  /// K and V are read once a block of rows, and Q, which is less, once a block of columns.
  static func costlySide(_ pass: Pass) -> Blocks.Side { .rows }

  /// Both phases; D, and the gradients of scores, values, queries and keys.
  static func launches(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    (request.pass.countsForward ? 1 : 0) + (request.pass.hasBackward ? 5 : 0)
  }

  /// The largest square that fits, of a multiple of 16 if it is larger than that.
  static func fitting(_ request: AttentionRequest) -> Blocks? {
    let shape = request.shape
    func square(_ side: Int) -> Blocks { Blocks(rows: side, columns: side).clamped(to: shape) }
    func fits(_ side: Int) -> Bool {
      request.sram.byteCount.map { footprint(square(side), request) <= $0 } ?? true
    }
    if !fits(16) { return square(largestCount(upTo: 15, where: fits)) }
    let limit = ceilingQuotient(max(shape.queries, shape.keys), 16)
    return square(16 * largestCount(upTo: limit) { fits(16 * $0) })
  }

  /// Features of a chunk: as many as the shorter side of a block.
  static func chunk(_ blocks: Blocks) -> Int { min(blocks.rows, blocks.columns) }

  static var recomputesScores: Bool { false }

  /// What moves depends on chunks of features as well, and so on how large blocks are.
  static var movesByBlockCounts: Bool { false }

  static func budgets(_ blocks: Blocks, _ request: AttentionRequest) -> [SRAMBudget] {
    let backward = [
      preparationBudget(blocks, request), scoreGradientBudget(blocks, request),
      valueGradientBudget(blocks, request), queryGradientBudget(blocks, request),
      keyGradientBudget(blocks, request),
    ]
    return (request.pass.countsForward ? [forwardBudget(blocks, request)] : [])
      + (request.pass.hasBackward ? backward : [])
  }

  /// Sᵢⱼ and mᵢ; with them Qᵢ_c and Kⱼ_c, or a block of a mask or bias, or two more vectors; or Oᵢ_c and
  /// ℓᵢ, and with them Vⱼ_c or two more vectors.
  static func forwardBudget(_ blocks: Blocks, _ request: AttentionRequest) -> SRAMBudget {
    let sides = Sides(blocks, request)
    let (Br, Bc, e) = (sides.Br, sides.Bc, request.elementSize)
    let (S, O, vector) = (4 * Br * Bc, 4 * Br * sides.dv, 4 * Br)
    return .greatest([
      SRAMBudget("S", ["S": S, "Q": e * Br * sides.d, "K": e * Bc * sides.d, "vectors": vector]),
      SRAMBudget(
        "S",
        [
          "S": S, "mask or bias": request.options.scoreTensorSize * Br * Bc, "vectors": vector,
        ]),
      SRAMBudget("S", ["S": S, "vectors": 3 * vector]),
      SRAMBudget("O", ["S": S, "O": O, "V": e * Bc * sides.dv, "vectors": 2 * vector]),
      SRAMBudget("O", ["S": S, "O": O, "vectors": 4 * vector]),
    ])
  }

  /// Vectors are Dᵢ, what is added to it and the sum.
  static func preparationBudget(_ blocks: Blocks, _ request: AttentionRequest) -> SRAMBudget {
    let sides = Sides(blocks, request)
    let chunk = request.elementSize * sides.Br * sides.dv
    return SRAMBudget("D", ["O": chunk, "dO": chunk, "vectors": 4 * 3 * sides.Br])
  }

  /// Vectors are mᵢ, ℓᵢ and Dᵢ. With dPᵢⱼ are dOᵢ_c and Vⱼ_c, or Pᵢⱼ and, with a soft cap, Sᵢⱼ and its
  /// bias.
  static func scoreGradientBudget(_ blocks: Blocks, _ request: AttentionRequest) -> SRAMBudget {
    let sides = Sides(blocks, request)
    let (Br, Bc, e) = (sides.Br, sides.Bc, request.elementSize)
    let isCapped = request.options.softcap != nil
    let (scores, vectors) = (Br * Bc, 4 * 3 * Br)
    return .greatest([
      SRAMBudget(
        "dS",
        ["dP": 4 * scores, "dO": e * Br * sides.dv, "V": e * Bc * sides.dv, "vectors": vectors]),
      SRAMBudget(
        "dS",
        [
          "dP": 4 * scores, "P": 4 * scores, "S": isCapped ? 4 * scores : 0,
          "bias": isCapped ? request.biasSize * scores : 0, "vectors": vectors,
        ]),
    ])
  }

  /// Vectors are mᵢ and ℓᵢ.
  static func valueGradientBudget(_ blocks: Blocks, _ request: AttentionRequest) -> SRAMBudget {
    let sides = Sides(blocks, request)
    let (Br, Bc, dv) = (sides.Br, sides.Bc, sides.dv)
    return SRAMBudget(
      "dV",
      [
        "dV": 4 * Bc * dv, "P": 4 * Br * Bc, "dO": request.elementSize * Br * dv,
        "vectors": 4 * 2 * Br,
      ])
  }

  static func queryGradientBudget(_ blocks: Blocks, _ request: AttentionRequest) -> SRAMBudget {
    let (sides, e) = (Sides(blocks, request), request.elementSize)
    return SRAMBudget(
      "dQ",
      [
        "dQ": 4 * sides.Br * sides.d, "dS": e * sides.Br * sides.Bc, "K": e * sides.Bc * sides.d,
      ])
  }

  static func keyGradientBudget(_ blocks: Blocks, _ request: AttentionRequest) -> SRAMBudget {
    let (sides, e) = (Sides(blocks, request), request.elementSize)
    return SRAMBudget(
      "dK",
      [
        "dK": 4 * sides.Bc * sides.d, "dS": e * sides.Br * sides.Bc, "Q": e * sides.Br * sides.d,
      ])
  }

  /// Forward: Q, K and V are read for every live block, which writes S once and reads it once a chunk
  /// of the features of values. Backward: dO is read for every live block twice, V, K and Q once; S is
  /// read once for dS and once a chunk for dV, dS once a chunk for dQ and once for dK.
  static func closedForm(
    _ blocks: Blocks, _ request: AttentionRequest, live: LiveBlocks
  ) -> Ledger {
    let shape = request.shape
    let Nq = shape.matrices * shape.queries
    let Nk = shape.kvMatrices * shape.keys
    let (d, dv) = (shape.headDim, shape.valueDim)
    let chunks = ceilingQuotient(d, chunk(blocks))
    let valueChunks = ceilingQuotient(dv, chunk(blocks))
    let live = live * shape.heads
    var ledger = Ledger()
    let type = request.precision.elementType
    func add(
      _ tensor: String, _ phase: Phase, reads: Int = 0, writes: Int = 0,
      of type: ElementType = type
    ) {
      ledger.add(Traffic(reads: reads, writes: writes, of: type), phase: phase, tensor: tensor)
    }
    if request.pass.countsForward {
      add("Q", .scores, reads: live.rows * d)
      add("K", .scores, reads: live.columns * d)
      request.addScoreTensors(to: &ledger, elements: live.elements, .scores)
      add("S", .scores, writes: live.elements)
      add("m", .scores, writes: Nq, of: .f32)
      add("S", .output, reads: valueChunks * live.elements)
      add("V", .output, reads: live.columns * dv)
      add("O", .output, writes: Nq * dv)
      add("l", .output, writes: Nq, of: .f32)
    }
    if request.pass.hasBackward {
      add("O", .initialize, reads: Nq * dv)
      add("dO", .initialize, reads: Nq * dv)
      add("D", .initialize, writes: Nq, of: .f32)
      for statistic in ["m", "l", "D"] { add(statistic, .scoreGradient, reads: Nq, of: .f32) }
      add("dO", .scoreGradient, reads: live.rows * dv)
      add("V", .scoreGradient, reads: live.columns * dv)
      add("S", .scoreGradient, reads: live.elements)
      if request.options.softcap != nil {
        add("S", .scoreGradient, reads: live.elements)
        request.addBias(to: &ledger, elements: live.elements, .scoreGradient)
      }
      add("dS", .scoreGradient, writes: live.elements)
      for statistic in ["m", "l"] {
        add(statistic, .valueGradient, reads: valueChunks * live.rows, of: .f32)
      }
      add("S", .valueGradient, reads: valueChunks * live.elements)
      add("dO", .valueGradient, reads: live.rows * dv)
      add("dV", .valueGradient, writes: Nk * dv)
      add("dS", .queryGradient, reads: chunks * live.elements)
      add("K", .queryGradient, reads: live.columns * d)
      add("dQ", .queryGradient, writes: Nq * d)
      add("dS", .keyGradient, reads: chunks * live.elements)
      add("Q", .keyGradient, reads: live.rows * d)
      add("dK", .keyGradient, writes: Nk * d)
    }
    request.addRandomState(to: &ledger)
    return ledger
  }

  /// S is what the backward pass finds in the place of P.
  static func hbmFootprint(_ blocks: Blocks, _ request: AttentionRequest) -> HBMFootprint {
    var footprint = HBMFootprint()
    footprint.addScores("S", for: request, as: .saved)
    footprint.addOutput(for: request)
    footprint.addStatistics("m", "l", for: request, as: .saved)
    footprint.addRandomState(for: request)
    if request.pass.hasBackward {
      footprint.addStatistics("D", for: request, as: .temporary)
      footprint.addScores("dS", for: request, as: .temporary)
      footprint.addGradients(for: request)
    }
    return footprint
  }
}

/// The sides of blocks: of queries and keys, and of chunks of either features.
private struct Sides {
  let Br: Int
  let Bc: Int
  let d: Int
  let dv: Int

  init(_ blocks: Blocks, _ request: AttentionRequest) {
    (Br, Bc) = (blocks.rows, blocks.columns)
    let chunk = SquareTiling.chunk(blocks)
    (d, dv) = (min(chunk, request.shape.headDim), min(chunk, request.shape.valueDim))
  }
}

extension AttentionRequest {
  /// Bytes of an element of a bias that is a tensor.
  fileprivate var biasSize: Int { options.bias?.elementType.size ?? 0 }
}
