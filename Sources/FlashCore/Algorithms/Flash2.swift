@_spi(Host) internal import HBMSim

/// FlashAttention-2: forward with queries in the outer loop, a program a block of them; backward with
/// keys and values in the outer loop, a program a block of them, in turn where they add to dQ.
enum Flash2: AttentionAlgorithm {
  /// Forward, K and V are read once a block of queries; backward, everything else once a block of
  /// keys, which is more.
  static func costlySide(_ pass: Pass) -> Blocks.Side { pass == .forward ? .rows : .columns }

  /// Forward; D and the zeros of dQ, then the main loop.
  static func launches(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    (request.pass.countsForward ? 1 : 0) + (request.pass.hasBackward ? 2 : 0)
  }

  /// Matrices that are only read are as in HBM, all others f32.
  static func budgets(_ blocks: Blocks, _ request: AttentionRequest) -> [SRAMBudget] {
    (request.pass.countsForward ? [forwardBudget(blocks, request)] : [])
      + (request.pass.hasBackward
        ? [preparationBudget(blocks, request), backwardBudget(blocks, request)] : [])
  }

  /// Vectors are ℓᵢ and mᵢ, beside a block of a mask or bias; or, at line 9, these and mᵢⁿᵉʷ, a, the two
  /// terms and their sum.
  private static func forwardBudget(_ blocks: Blocks, _ request: AttentionRequest) -> SRAMBudget {
    let (Br, Bc, e) = (blocks.rows, blocks.columns, request.elementSize)
    let (d, dv) = (request.shape.headDim, request.shape.valueDim)
    let (loaded, vectors) = request.scoreTensorOrVectors(blocks, before: 2, after: 7)
    return SRAMBudget(
      "forward",
      [
        "Q": e * Br * d, "O": 4 * Br * dv, "K": e * Bc * d, "V": e * Bc * dv, "S": 4 * Br * Bc,
        "mask or bias": loaded, "vectors": vectors,
      ])
  }

  /// The vector is Dᵢ.
  private static func preparationBudget(
    _ blocks: Blocks, _ request: AttentionRequest
  ) -> SRAMBudget {
    let (Br, dv) = (blocks.rows, request.shape.valueDim)
    return SRAMBudget(
      "D",
      [
        "O": request.elementSize * Br * dv, "dO": request.elementSize * Br * dv,
        "vectors": 4 * Br,
      ])
  }

  /// Vectors are Lᵢ and Dᵢ. S is there once more with a soft cap, and gone when dQᵢ comes.
  private static func backwardBudget(_ blocks: Blocks, _ request: AttentionRequest) -> SRAMBudget {
    let (Br, Bc, e) = (blocks.rows, blocks.columns, request.elementSize)
    let (d, dv) = (request.shape.headDim, request.shape.valueDim)
    let (scores, sums) = (request.options.softcap == nil ? 0 : 4 * Br * Bc, 4 * Br * d)
    return SRAMBudget(
      "backward",
      [
        "K": e * Bc * d, "V": e * Bc * dv, "dK": 4 * Bc * d, "dV": 4 * Bc * dv,
        "Q": e * Br * d, "dO": e * Br * dv, "dQ": scores > sums ? 0 : sums,
        "P": 4 * Br * Bc, "dP": 4 * Br * Bc, "S": scores > sums ? scores : 0,
        "vectors": 4 * 2 * Br,
      ])
  }

  /// Forward: lines 4, 14 and 15 move Q, O and L once; line 7 is run for every live block. Backward:
  /// D takes O and dO once; lines 7 and 18 move K, V, dK and dV once; lines 9 and 15 are run for every
  /// live block.
  static func closedForm(
    _ blocks: Blocks, _ request: AttentionRequest, live: LiveBlocks
  ) -> Ledger {
    let shape = request.shape
    let Nq = shape.matrices * shape.queries
    let Nk = shape.kvMatrices * shape.keys
    let (d, dv) = (shape.headDim, shape.valueDim)
    let live = live * shape.heads
    var ledger = Ledger()
    let (type, sums) = (request.precision.elementType, request.precision.accumulatorType)
    func add(
      _ tensor: String, _ phase: Phase, reads: Int = 0, writes: Int = 0, of type: ElementType
    ) {
      ledger.add(Traffic(reads: reads, writes: writes, of: type), phase: phase, tensor: tensor)
    }
    if request.pass.countsForward {
      add("Q", .main, reads: Nq * d, of: type)
      add("K", .main, reads: live.columns * d, of: type)
      add("V", .main, reads: live.columns * dv, of: type)
      add("O", .main, writes: Nq * dv, of: type)
      add("LSE", .main, writes: Nq, of: .f32)
      request.addScoreTensors(to: &ledger, elements: live.elements, .main)
    }
    if request.pass.hasBackward {
      add("O", .initialize, reads: Nq * dv, of: type)
      add("dO", .initialize, reads: Nq * dv, of: type)
      add("D", .initialize, writes: Nq, of: .f32)
      add("dQ", .initialize, writes: Nq * d, of: sums)
      add("K", .main, reads: Nk * d, of: type)
      add("V", .main, reads: Nk * dv, of: type)
      add("Q", .main, reads: live.rows * d, of: type)
      add("dO", .main, reads: live.rows * dv, of: type)
      add("LSE", .main, reads: live.rows, of: .f32)
      add("D", .main, reads: live.rows, of: .f32)
      add("dQ", .main, reads: live.rows * d, writes: live.rows * d, of: sums)
      add("dK", .main, writes: Nk * d, of: type)
      add("dV", .main, writes: Nk * dv, of: type)
      request.addScoreTensors(to: &ledger, elements: live.elements, .main)
    }
    request.addRandomState(to: &ledger)
    return ledger
  }

  static func hbmFootprint(_ blocks: Blocks, _ request: AttentionRequest) -> HBMFootprint {
    var footprint = HBMFootprint()
    footprint.addOutput(for: request)
    footprint.addStatistics("LSE", for: request, as: .saved)
    footprint.addRandomState(for: request)
    if request.pass.hasBackward {
      footprint.addStatistics("D", for: request, as: .temporary)
      footprint.addGradients(for: request, queryType: request.precision.accumulatorType)
    }
    return footprint
  }

  static var resumesFromOutput: Bool { true }

  static func run(_ problem: AttentionProblem) throws(LaunchError) -> AlgorithmResult {
    if let (O, L) = problem.forward { return try resume(problem, O, L) }
    let (shape, pass, memory) = (problem.shape, problem.request.pass, problem.memory)
    let (Br, Bc) = (problem.blocks.rows, problem.blocks.columns)
    let (K, V, tau) = (problem.K, problem.V, problem.scale)
    let Tr = problem.rowBlockCount
    let O: HBMTensor<Queries, ValueFeatures> = problem.allocate("O", columns: shape.valueDim)
    let L = problem.allocate(statistic: "LSE")
    let scores = (0..<shape.matrices).map { problem.scoreTerms($0) }
    let Qs = HeadBlocks(problem.Q, rows: Br)
    let Os = HeadBlocks(O, rows: Br)
    let Ls = HeadBlocks(L, rows: Br)
    let forwardMachine = pass.countsForward ? problem.machine : problem.preparing
    let random = try problem.saveRandomState(on: forwardMachine)
    let forward = try forwardMachine.launch(
      Launch(
        grid: shape.matrices * Tr, footprint: forwardBudget(problem.blocks, problem.request).total,
        lanes: Queries.self),
      memory: memory
    ) { core, index in
      let (h, i) = (index / Tr, index % Tr)
      self.forward(
        core, row: i, scores: scores[h], Qs[h][i], K[shape.kvMatrix(h)].blocks(rows: Bc),
        V[shape.kvMatrix(h)].blocks(rows: Bc), Os[h][i], Ls[h][i], scale: tau)
    }
    let statistics = memory.contents(of: L)
    let result = AlgorithmResult(
      execution: pass.countsForward ? random.execution + forward : Execution(),
      output: memory.contents(of: O),
      logSumExp: statistics.map { statistics in { statistics } })
    return try addingBackward(to: result, of: problem, scores: scores, O, L, random: random.state)
  }

  /// The backward pass alone, from O and L of a forward pass that was run before.
  static func resume(
    _ problem: AttentionProblem, _ O: HBMTensor<Queries, ValueFeatures>,
    _ L: HBMTensor<Queries, One>
  ) throws(LaunchError) -> AlgorithmResult {
    let memory = problem.memory
    let statistics = memory.contents(of: L)
    let random = try problem.saveRandomState(on: problem.preparing)
    let forward = AlgorithmResult(
      execution: Execution(), output: memory.contents(of: O),
      logSumExp: statistics.map { statistics in { statistics } })
    let scores = (0..<problem.shape.matrices).map { problem.scoreTerms($0) }
    return try addingBackward(to: forward, of: problem, scores: scores, O, L, random: random.state)
  }

  /// What a forward pass gave, and, where there is a backward pass, what that gives from the O and L
  /// which the forward pass left in HBM.
  static func addingBackward(
    to forward: AlgorithmResult, of problem: AttentionProblem, scores: [ScoreTerms],
    _ O: HBMTensor<Queries, ValueFeatures>, _ L: HBMTensor<Queries, One>,
    random: HBMTensor<StateWords, One>?
  ) throws(LaunchError) -> AlgorithmResult {
    guard let dO = problem.dO else { return forward }
    var result = forward
    let (shape, memory) = (problem.shape, problem.memory)
    let (Br, Bc) = (problem.blocks.rows, problem.blocks.columns)
    let (K, V, tau) = (problem.K, problem.V, problem.scale)
    let Tr = problem.rowBlockCount
    let Qs = HeadBlocks(problem.Q, rows: Br)
    let Os = HeadBlocks(O, rows: Br)
    let Ls = HeadBlocks(L, rows: Br)
    let D = problem.allocate(statistic: "D")
    let dQ: HBMTensor<Queries, Features> = problem.allocate(
      "dQ", columns: shape.headDim, type: problem.request.precision.accumulatorType)
    let dK: HBMTensor<Keys, Features> = problem.allocate("dK", columns: shape.headDim)
    let dV: HBMTensor<Keys, ValueFeatures> = problem.allocate("dV", columns: shape.valueDim)
    let dOs = HeadBlocks(dO, rows: Br)
    let dQs = HeadBlocks(dQ, rows: Br)
    let Ds = HeadBlocks(D, rows: Br)
    let loading = try problem.loadRandomState(random)
    let preparation = try problem.machine.launch(
      Launch(
        grid: shape.matrices * Tr,
        footprint: preparationBudget(problem.blocks, problem.request).total,
        lanes: Keys.self),
      memory: memory
    ) { core, index in
      let (h, i) = (index / Tr, index % Tr)
      prepareBackward(core, Os[h][i], dOs[h][i], Ds[h][i], dQs[h][i])
    }
    let Tc = ceilingQuotient(shape.keys, Bc)
    // With the lanes along keys, only K turns, once for all queries.
    let main = try problem.machine.launch(
      Launch(
        grid: shape.kvMatrices * Tc,
        footprint: backwardBudget(problem.blocks, problem.request).total, lanes: Keys.self,
        chain: Tc),
      memory: memory
    ) { core, index in
      let (kv, j) = (index / Tc, index % Tc)
      backward(
        core, column: j, heads: shape.queryMatrices(ofKV: kv), scores: { scores[$0] }, Qs,
        K[kv].blocks(rows: Bc)[j], V[kv].blocks(rows: Bc)[j], dOs, Ls, Ds, dQs,
        dK[kv].blocks(rows: Bc)[j], dV[kv].blocks(rows: Bc)[j], scale: tau)
    }
    result.execution = result.execution + loading + preparation + main
    result.gradients = AlgorithmResult.Gradients(
      memory.contents(of: dQ), memory.contents(of: dK), memory.contents(of: dV))
    return result
  }
}
