@_spi(Host) internal import HBMSim

/// Flash-decoding (Dao et al. 2023): keys in chunks that are worked on in parallel, a launch a head of
/// keys, block of queries and chunk; then a reduction, a launch a head and block of queries.
///
/// It has no backward pass of its own: O and LSE are FlashAttention-2's, and so are the programs that
/// make gradients of them.
enum SplitKV: AttentionAlgorithm {
  /// K and V are read once a block of queries.
  static func costlySide(_ pass: Pass) -> Blocks.Side { .rows }

  /// The chunks, and the reduction where there are several.
  static func launches(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    let forward = KeyChunks(blocks, request).count == 1 ? 1 : 2
    return (request.pass.countsForward ? forward : 0)
      + (request.pass.hasBackward ? Flash2.launches(blocks, request.with(.backward)) : 0)
  }

  /// How many chunks there are follows from how large blocks are, unless it is given.
  static var movesByBlockCounts: Bool { false }

  static func budgets(_ blocks: Blocks, _ request: AttentionRequest) -> [SRAMBudget] {
    var budgets: [SRAMBudget] = []
    if request.pass.countsForward {
      budgets.append(forwardBudget(blocks, request))
      if KeyChunks(blocks, request).count > 1 {
        budgets.append(reductionBudget(rows: blocks.rows, valueDim: request.shape.valueDim))
      }
    }
    return request.pass.hasBackward
      ? budgets + Flash2.budgets(blocks, request.with(.backward)) : budgets
  }

  /// Qᵢ, Oᵢ and Sᵢⱼ of all heads that share the keys, as vectors ℓ and m; these beside a block of a mask
  /// or bias, or with mⁿᵉʷ, a, the two terms and their sum at line 5. Matrices that are only read are
  /// as in HBM, all others f32.
  private static func forwardBudget(_ blocks: Blocks, _ request: AttentionRequest) -> SRAMBudget {
    let (Br, Bc, e) = (blocks.rows, blocks.columns, request.elementSize)
    let (d, dv) = (request.shape.headDim, request.shape.valueDim)
    let heads = request.shape.heads / request.shape.kvHeads
    let (loaded, vectors) = request.scoreTensorOrVectors(
      blocks, before: 2 * heads, after: 7 * heads)
    return SRAMBudget(
      "chunk",
      [
        "Q": heads * e * Br * d, "O": heads * 4 * Br * dv, "K": e * Bc * d, "V": e * Bc * dv,
        "S": heads * 4 * Br * Bc, "mask or bias": loaded, "vectors": vectors,
      ])
  }

  /// Line 1 reads Q once a chunk; line 3 is run for every live block of a head of keys; line 7 writes
  /// O and L once a chunk, and the reduction reads them, and writes them once.
  static func closedForm(
    _ blocks: Blocks, _ request: AttentionRequest, live: LiveBlocks
  ) -> Ledger {
    let shape = request.shape
    let Nq = shape.matrices * shape.queries
    let (d, dv) = (shape.headDim, shape.valueDim)
    let keys = live.columns * shape.kvHeads
    let splits = KeyChunks(blocks, request).count
    let type = request.precision.elementType
    var ledger = Ledger()
    func add(
      _ tensor: String, _ phase: Phase, reads: Int = 0, writes: Int = 0, of type: ElementType
    ) {
      ledger.add(Traffic(reads: reads, writes: writes, of: type), phase: phase, tensor: tensor)
    }
    if request.pass.countsForward {
      add("Q", .main, reads: splits * Nq * d, of: type)
      add("K", .main, reads: keys * d, of: type)
      add("V", .main, reads: keys * dv, of: type)
      request.addScoreTensors(to: &ledger, elements: shape.heads * live.elements, .main)
      if splits > 1 {
        add("O_partial", .main, writes: splits * Nq * dv, of: .f32)
        add("LSE_partial", .main, writes: splits * Nq, of: .f32)
        add("O_partial", .reduce, reads: splits * Nq * dv, of: .f32)
        add("LSE_partial", .reduce, reads: splits * Nq, of: .f32)
      }
      let last: Phase = splits > 1 ? .reduce : .main
      add("O", last, writes: Nq * dv, of: type)
      add("LSE", last, writes: Nq, of: .f32)
      request.with(.forward).addRandomState(to: &ledger)
    }
    if request.pass.hasBackward {
      ledger = ledger + Flash2.closedForm(blocks, request.with(.backward), live: live)
    }
    return ledger
  }

  /// What FlashAttention-2 keeps, and where there are several chunks their results, in f32.
  static func hbmFootprint(_ blocks: Blocks, _ request: AttentionRequest) -> HBMFootprint {
    var footprint = Flash2.hbmFootprint(blocks, request)
    let splits = KeyChunks(blocks, request).count
    if splits > 1 {
      let valueDim = request.shape.valueDim
      for (name, columns) in [("O_partial", valueDim), ("LSE_partial", 1)] {
        footprint.addRows(
          name, ofQueries: request, columns: splits * columns, as: .temporary, type: .f32)
      }
    }
    return footprint
  }

  static var resumesFromOutput: Bool { true }

  static func run(_ problem: AttentionProblem) throws(LaunchError) -> AlgorithmResult {
    if let (O, L) = problem.forward { return try Flash2.resume(problem, O, L) }
    let (shape, pass, memory) = (problem.shape, problem.request.pass, problem.memory)
    let chunks = KeyChunks(problem.blocks, problem.request)
    let O: HBMTensor<Queries, ValueFeatures> = problem.allocate("O", columns: shape.valueDim)
    let L = problem.allocate(statistic: "LSE")
    let scores = (0..<shape.matrices).map { problem.scoreTerms($0) }
    let machine = pass.countsForward ? problem.machine : problem.preparing
    let random = try problem.saveRandomState(on: machine)
    var execution = random.execution
    if chunks.count == 1 {
      execution = try execution + forward(problem, on: machine, chunks, scores: scores, O, L)
    } else {
      let matrices = shape.matrices * chunks.count
      let Os: HBMTensor<Queries, ValueFeatures> = memory.allocate(
        "O_partial", matrices: matrices, rows: shape.queries, columns: shape.valueDim)
      let Ls: HBMTensor<Queries, One> = memory.allocate(
        "LSE_partial", vectors: matrices, count: shape.queries)
      execution =
        try execution + forward(problem, on: machine, chunks, scores: scores, Os, Ls)
        + reduction(problem, on: machine, chunks, Os, Ls, O, L)
    }
    let statistics = memory.contents(of: L)
    let result = AlgorithmResult(
      execution: pass.countsForward ? execution : Execution(), output: memory.contents(of: O),
      logSumExp: statistics.map { statistics in { statistics } })
    return try Flash2.addingBackward(
      to: result, of: problem, scores: scores, O, L, random: random.state)
  }

  /// Works on all chunks; what chunk s of head h gives is matrix h · chunks + s of O and L.
  private static func forward(
    _ problem: AttentionProblem, on machine: Machine, _ chunks: KeyChunks, scores: [ScoreTerms],
    _ O: HBMTensor<Queries, ValueFeatures>, _ L: HBMTensor<Queries, One>
  ) throws(LaunchError) -> Execution {
    let shape = problem.shape
    let (Br, Bc, Tr) = (problem.blocks.rows, problem.blocks.columns, problem.rowBlockCount)
    let (K, V, tau) = (problem.K, problem.V, problem.scale)
    let Qs = HeadBlocks(problem.Q, rows: Br)
    let Os = HeadBlocks(O, rows: Br)
    let Ls = HeadBlocks(L, rows: Br)
    // The queries of decoding are too few to fill a vector of 16, and those of several heads are parts
    // of a tile: then K turns, and all else lies in SRAM as in HBM.
    let isShared = shape.heads > shape.kvHeads
    let lanes: any Axis.Type = Br < 16 || isShared ? ValueFeatures.self : Queries.self
    return try machine.launch(
      Launch(
        grid: shape.kvMatrices * Tr * chunks.count,
        footprint: forwardBudget(problem.blocks, problem.request).total, lanes: lanes),
      memory: problem.memory
    ) { core, index in
      let (s, i) = (index % chunks.count, index / chunks.count % Tr)
      let kv = index / chunks.count / Tr
      forward(
        core, row: i, heads: shape.queryMatrices(ofKV: kv), chunk: chunks[s],
        scores: { scores[$0] }, Qs, K[kv].blocks(rows: Bc), V[kv].blocks(rows: Bc),
        to: { h in
          PartialBlocks(O: Os[h * chunks.count + s][i], L: Ls[h * chunks.count + s][i])
        }, scale: tau)
    }
  }

  private static func reduction(
    _ problem: AttentionProblem, on machine: Machine, _ chunks: KeyChunks,
    _ partialO: HBMTensor<Queries, ValueFeatures>, _ partialL: HBMTensor<Queries, One>,
    _ O: HBMTensor<Queries, ValueFeatures>, _ L: HBMTensor<Queries, One>
  ) throws(LaunchError) -> Execution {
    let (shape, Br, Tr) = (problem.shape, problem.blocks.rows, problem.rowBlockCount)
    let partialOs = HeadBlocks(partialO, rows: Br)
    let partialLs = HeadBlocks(partialL, rows: Br)
    let Os = HeadBlocks(O, rows: Br)
    let Ls = HeadBlocks(L, rows: Br)
    // With the lanes along features, O lies in SRAM as in HBM.
    return try machine.launch(
      Launch(
        grid: shape.matrices * Tr,
        footprint: reductionBudget(rows: Br, valueDim: shape.valueDim).total,
        lanes: ValueFeatures.self),
      memory: problem.memory
    ) { core, index in
      let (h, i) = (index / Tr, index % Tr)
      let parts = (h * chunks.count..<(h + 1) * chunks.count).lazy.map {
        PartialBlocks(O: partialOs[$0][i], L: partialLs[$0][i])
      }
      reduce(core, parts, Os[h][i], Ls[h][i])
    }
  }
}
