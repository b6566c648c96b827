@_spi(Host) internal import HBMSim

/// FlashAttention-2: forward with queries in the outer loop, a launch a block of them; backward with
/// keys and values in the outer loop, a launch a head of keys.
enum Flash2: AttentionAlgorithm {
  /// Forward, K and V are read once a block of queries; backward, everything else once a block of
  /// keys, which is more.
  static func costlySide(_ pass: Pass) -> Blocks.Side { pass == .forward ? .rows : .columns }

  /// Forward; D and the zeros of dQ, then the main loop.
  static func launches(_ pass: Pass) -> Int {
    (pass.countsForward ? 1 : 0) + (pass.hasBackward ? 2 : 0)
  }

  /// Forward: Qᵢ, Oᵢ; Kⱼ, Vⱼ; Sᵢⱼ; and at line 9 ℓᵢ, mᵢ, mᵢⁿᵉʷ, a, the two terms and their sum.
  /// Backward: Oᵢ, dOᵢ, Dᵢ; or Kⱼ, Vⱼ, dKⱼ, dVⱼ; Qᵢ, dQᵢ, dOᵢ; Pᵢⱼ, dPᵢⱼ, with a soft cap Sᵢⱼ;
  /// and Lᵢ, Dᵢ.
  static func footprint(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    let forward = request.pass.countsForward ? forwardFootprint(blocks, request.shape) : 0
    if !request.pass.hasBackward { return forward }
    return max(
      forward, preparationFootprint(blocks, request.shape),
      backwardFootprint(blocks, request))
  }

  private static func forwardFootprint(_ blocks: Blocks, _ shape: AttentionShape) -> Int {
    let (Br, Bc) = (blocks.rows, blocks.columns)
    return 4 * ((Br + Bc) * (shape.headDim + shape.valueDim) + Br * Bc + 7 * Br)
  }

  private static func preparationFootprint(_ blocks: Blocks, _ shape: AttentionShape) -> Int {
    4 * blocks.rows * (2 * shape.valueDim + 1)
  }

  private static func backwardFootprint(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    let (Br, Bc) = (blocks.rows, blocks.columns)
    let (d, dv) = (request.shape.headDim, request.shape.valueDim)
    let squares = request.options.softcap == nil ? 2 : 3
    return 4 * (2 * Bc * (d + dv) + Br * (2 * d + dv) + squares * Br * Bc + 2 * Br)
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
    func add(_ tensor: String, _ phase: Phase, reads: Int = 0, writes: Int = 0) {
      ledger.add(Traffic(reads: reads, writes: writes, of: .f32), phase: phase, tensor: tensor)
    }
    if request.pass.countsForward {
      add("Q", .main, reads: Nq * d)
      add("K", .main, reads: live.columns * d)
      add("V", .main, reads: live.columns * dv)
      add("O", .main, writes: Nq * dv)
      add("LSE", .main, writes: Nq)
    }
    if request.pass.hasBackward {
      add("O", .initialize, reads: Nq * dv)
      add("dO", .initialize, reads: Nq * dv)
      add("D", .initialize, writes: Nq)
      add("dQ", .initialize, writes: Nq * d)
      add("K", .main, reads: Nk * d)
      add("V", .main, reads: Nk * dv)
      for (tensor, columns) in [("Q", d), ("dO", dv), ("LSE", 1), ("D", 1)] {
        add(tensor, .main, reads: live.rows * columns)
      }
      add("dQ", .main, reads: live.rows * d, writes: live.rows * d)
      add("dK", .main, writes: Nk * d)
      add("dV", .main, writes: Nk * dv)
    }
    request.addRandomState(to: &ledger)
    return ledger
  }

  static func hbmElements(_ request: AttentionRequest) -> Int {
    let shape = request.shape
    let rows = shape.matrices * shape.queries
    let forward = rows * (shape.valueDim + 1)
    return forward + (request.pass.hasBackward ? shape.gradientElements + rows : 0)
  }

  static func run(_ problem: AttentionProblem) throws(LaunchError) -> AlgorithmResult {
    let (shape, pass, memory) = (problem.shape, problem.request.pass, problem.memory)
    let (Br, Bc) = (problem.blocks.rows, problem.blocks.columns)
    let (K, V, tau) = (problem.K, problem.V, problem.scale)
    let Tr = problem.rowBlockCount
    let O: HBMTensor<Queries, ValueFeatures> = problem.allocate("O", columns: shape.valueDim)
    let L: HBMTensor<Queries, One> = problem.allocate("LSE", columns: 1)
    let scores = (0..<shape.matrices).map { problem.scoreTerms($0) }
    let Qs = HeadBlocks(problem.Q, rows: Br)
    let Os = HeadBlocks(O, rows: Br)
    let Ls = HeadBlocks(L, rows: Br)
    let forwardMachine = pass.countsForward ? problem.machine : problem.preparing
    let random = try problem.saveRandomState(on: forwardMachine)
    let forward = try forwardMachine.launch(
      Launch(
        grid: shape.matrices * Tr, footprint: forwardFootprint(problem.blocks, shape),
        lanes: Queries.self),
      memory: memory
    ) { core, index in
      let (h, i) = (index / Tr, index % Tr)
      self.forward(
        core, row: i, scores: scores[h], Qs[h][i], K[shape.kvMatrix(h)].blocks(rows: Bc),
        V[shape.kvMatrix(h)].blocks(rows: Bc), Os[h][i], Ls[h][i], scale: tau)
    }
    let statistics = memory.contents(of: L)
    var result = AlgorithmResult(
      execution: pass.countsForward ? random.execution + forward : Execution(),
      output: memory.contents(of: O),
      logSumExp: statistics.map { statistics in { statistics } })
    guard let dO = problem.dO else { return result }

    let D: HBMTensor<Queries, One> = problem.allocate("D", columns: 1)
    let dQ: HBMTensor<Queries, Features> = problem.allocate("dQ", columns: shape.headDim)
    let dK: HBMTensor<Keys, Features> = problem.allocate("dK", columns: shape.headDim)
    let dV: HBMTensor<Keys, ValueFeatures> = problem.allocate("dV", columns: shape.valueDim)
    let dOs = HeadBlocks(dO, rows: Br)
    let dQs = HeadBlocks(dQ, rows: Br)
    let Ds = HeadBlocks(D, rows: Br)
    let loading = try problem.loadRandomState(random.state)
    let preparation = try problem.machine.launch(
      Launch(
        grid: shape.matrices * Tr, footprint: preparationFootprint(problem.blocks, shape),
        lanes: Keys.self),
      memory: memory
    ) { core, index in
      let (h, i) = (index / Tr, index % Tr)
      prepareBackward(core, Os[h][i], dOs[h][i], Ds[h][i], dQs[h][i])
    }
    // With the lanes along keys, only K turns, once for all queries.
    let main = try problem.machine.launch(
      Launch(
        grid: shape.kvMatrices, footprint: backwardFootprint(problem.blocks, problem.request),
        lanes: Keys.self),
      memory: memory
    ) { core, index in
      backward(
        core, heads: shape.queryMatrices(ofKV: index), scores: { scores[$0] }, Qs,
        K[index].blocks(rows: Bc), V[index].blocks(rows: Bc), dOs, Ls, Ds, dQs,
        dK[index].blocks(rows: Bc), dV[index].blocks(rows: Bc), scale: tau)
    }
    result.execution = result.execution + loading + preparation + main
    result.gradients = AlgorithmResult.Gradients(
      memory.contents(of: dQ), memory.contents(of: dK), memory.contents(of: dV))
    return result
  }
}
