// Standard attention, Algorithm 0 (Dao et al. 2022), with the softmax scale τ: three kernels, each a
// tile program within the SRAM of a core. Matrices bear the paper's names.

@_spi(Host) internal import HBMSim
internal import TileKernels

extension Phase {
  /// Line 1 of Algorithm 0.
  static let scores = Phase("scores")
  /// Line 2 of Algorithm 0.
  static let softmax = Phase("softmax")
  /// Line 3 of Algorithm 0.
  static let output = Phase("output")
}

enum StandardForward: ForwardAlgorithm {
  /// 1: Load Q, K by blocks from HBM, compute S = τ·QKᵀ, write S to HBM.
  static func scores(
    _ core: borrowing Core, _ Q: HBMBlock<Queries, Features>, _ K: HBMRowBlocks<Keys, Features>,
    _ S: HBMBlocks<Queries, Keys>, row i: Int, scale tau: Float
  ) {
    core.begin(.scores)
    let Qi = core.load(Q)
    for j in K.indices {
      let Kj = core.load(K[j])
      let Sij = product(Qi, transposed: Kj, scaledBy: tau)
      core.store(Sij, to: S[i, j])
    }
  }

  /// 2: Read S from HBM, compute P = softmax(S), write P to HBM; whole rows at a time.
  static func softmax(
    _ core: borrowing Core, _ S: HBMBlock<Queries, Keys>, _ P: HBMBlock<Queries, Keys>
  ) {
    core.begin(.softmax)
    let Si = core.load(S)
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
      let Sij = core.load(S[i, j])
      let miNew = max(mi, rowMax(Sij))
      let Pij = exp(Sij, minus: miNew)
      let a = exp(mi, minus: miNew)
      li = a * li + rowSum(Pij)
      mi = miNew
    }
    for j in S.columnIndices {
      let Sij = core.load(S[i, j])
      var Pij = exp(Sij, minus: mi)
      Pij.divideRows(by: li)
      core.store(Pij, to: P[i, j])
    }
  }

  /// 3: Load P, V by blocks from HBM, compute O = PV, write O to HBM.
  static func output(
    _ core: borrowing Core, _ P: HBMBlocks<Queries, Keys>, _ V: HBMRowBlocks<Keys, ValueFeatures>,
    _ O: HBMBlock<Queries, ValueFeatures>, row i: Int
  ) {
    core.begin(.output)
    var Oi: Tile<Queries, ValueFeatures> = core.zeros(O.rows, O.columns)
    for j in V.indices {
      let Pij = core.load(P[i, j])
      let Vj = core.load(V[j])
      Oi.addProduct(Pij, Vj)
    }
    core.store(Oi, to: O)
  }

  // MARK: - Sizes

  /// What of S the second kernel holds at a time: whole rows as far as they fit.
  static func softmaxBlocks(_ blocks: Blocks, _ shape: AttentionShape, sram: Capacity) -> Blocks {
    guard let bytes = sram.byteCount else {
      return Blocks(rows: blocks.rows, columns: shape.keys)
    }
    let M = bytes / 4
    if shape.keys + 2 <= M {
      return Blocks(rows: min(blocks.rows, M / (shape.keys + 2)), columns: shape.keys)
    }
    let rows = max(1, min(blocks.rows, 16, M / 64))
    return Blocks(rows: rows, columns: max(1, min(shape.keys, M / rows - 7)))
  }

  /// The most that one of the three kernels holds: Qᵢ, Kⱼ, Sᵢⱼ; rows of S with m and ℓ, or a part
  /// of them with what line 9 of FlashAttention-2 holds; Oᵢ, Pᵢⱼ, Vⱼ.
  static func footprint(_ blocks: Blocks, _ shape: AttentionShape, sram: Capacity) -> Int {
    let parts = softmaxBlocks(blocks, shape, sram: sram)
    return max(
      scoresFootprint(blocks, shape), softmaxFootprint(parts, shape),
      outputFootprint(blocks, shape))
  }

  private static func scoresFootprint(_ blocks: Blocks, _ shape: AttentionShape) -> Int {
    4 * ((blocks.rows + blocks.columns) * shape.headDim + blocks.rows * blocks.columns)
  }

  private static func softmaxFootprint(_ parts: Blocks, _ shape: AttentionShape) -> Int {
    4 * parts.rows * (parts.columns + (parts.columns == shape.keys ? 2 : 7))
  }

  private static func outputFootprint(_ blocks: Blocks, _ shape: AttentionShape) -> Int {
    4 * ((blocks.rows + blocks.columns) * shape.valueDim + blocks.rows * blocks.columns)
  }

  /// S and P are written once and read once, or S twice; Q and O move once, K and V once a block of
  /// rows.
  static func closedForm(_ blocks: Blocks, _ shape: AttentionShape, sram: Capacity) -> Ledger {
    let Nq = shape.matrices * shape.queries
    let Nk = shape.matrices * shape.keys
    let (d, dv) = (shape.headDim, shape.valueDim)
    let Tr = ceilingQuotient(shape.queries, blocks.rows)
    let scores = Nq * shape.keys
    let passes = softmaxBlocks(blocks, shape, sram: sram).columns == shape.keys ? 1 : 2
    var ledger = Ledger()
    ledger.add(Traffic(reads: Nq * d, of: .f32), phase: .scores, tensor: "Q")
    ledger.add(Traffic(reads: Tr * Nk * d, of: .f32), phase: .scores, tensor: "K")
    ledger.add(Traffic(writes: scores, of: .f32), phase: .scores, tensor: "S")
    ledger.add(Traffic(reads: passes * scores, of: .f32), phase: .softmax, tensor: "S")
    ledger.add(Traffic(writes: scores, of: .f32), phase: .softmax, tensor: "P")
    ledger.add(Traffic(reads: scores, of: .f32), phase: .output, tensor: "P")
    ledger.add(Traffic(reads: Tr * Nk * dv, of: .f32), phase: .output, tensor: "V")
    ledger.add(Traffic(writes: Nq * dv, of: .f32), phase: .output, tensor: "O")
    return ledger
  }

  static let costlySide = Blocks.Side.rows

  /// Scores, softmax, output.
  static let launches = 3

  static func hbmElements(_ shape: AttentionShape) -> Int {
    shape.matrices * shape.queries * (shape.valueDim + 2 * shape.keys)
  }

  // MARK: - Launches

  static func run(_ problem: ForwardProblem) throws(LaunchError) -> ForwardResult {
    let (shape, blocks, memory) = (problem.shape, problem.blocks, problem.memory)
    let machine = problem.machine
    let (Br, Bc) = (blocks.rows, blocks.columns)
    let Tr = problem.rowBlockCount
    let (Q, K, V, tau) = (problem.Q, problem.K, problem.V, problem.scale)
    let S: HBMTensor<Queries, Keys> = memory.allocate(
      "S", matrices: shape.matrices, rows: shape.queries, columns: shape.keys)
    let P: HBMTensor<Queries, Keys> = memory.allocate(
      "P", matrices: shape.matrices, rows: shape.queries, columns: shape.keys)
    let O: HBMTensor<Queries, ValueFeatures> = memory.allocate(
      "O", matrices: shape.matrices, rows: shape.queries, columns: shape.valueDim)

    // With the lanes along keys, S lies in SRAM as in HBM.
    var execution = try machine.launch(
      problem.rowBlocks(footprint: scoresFootprint(blocks, shape), lanes: Keys.self),
      memory: memory
    ) { core, index in
      let (head, i) = (index / Tr, index % Tr)
      scores(
        core, Q[head].blocks(rows: Br)[i], K[shape.kvMatrix(head)].blocks(rows: Bc),
        S[head].blocks(rows: Br, columns: Bc), row: i, scale: tau)
    }
    let parts = softmaxBlocks(blocks, shape, sram: machine.sram)
    let partRows = ceilingQuotient(shape.queries, parts.rows)
    execution =
      try execution
      + machine.launch(
        Launch(
          grid: shape.matrices * partRows, footprint: softmaxFootprint(parts, shape),
          lanes: Keys.self),
        memory: memory
      ) { core, index in
        let (head, i) = (index / partRows, index % partRows)
        let S = S[head].blocks(rows: parts.rows, columns: parts.columns)
        let P = P[head].blocks(rows: parts.rows, columns: parts.columns)
        if parts.columns == shape.keys {
          softmax(core, S[i, 0], P[i, 0])
        } else {
          softmaxInParts(core, S, P, row: i)
        }
      }
    // With the lanes along the features of values, P, V and O lie in SRAM as in HBM.
    execution =
      try execution
      + machine.launch(
        problem.rowBlocks(footprint: outputFootprint(blocks, shape), lanes: ValueFeatures.self),
        memory: memory
      ) { core, index in
        let (head, i) = (index / Tr, index % Tr)
        output(
          core, P[head].blocks(rows: Br, columns: Bc), V[shape.kvMatrix(head)].blocks(rows: Bc),
          O[head].blocks(rows: Br)[i], row: i)
      }
    var result = ForwardResult(execution: execution, output: memory.contents(of: O))
    if let S = memory.contents(of: S), let P = memory.contents(of: P) {
      result.logSumExp = { logSumExp(scores: S, probabilities: P, keys: shape.keys) }
    }
    return result
  }
}
