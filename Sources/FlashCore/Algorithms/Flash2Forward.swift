// FlashAttention-2's forward pass, Algorithm 1 of Dao 2023, with the softmax scale τ.
// Matrices bear the paper's names; a number before a line is the paper's.

@_spi(Host) internal import HBMSim
internal import TileKernels

enum Flash2Forward: ForwardAlgorithm {
  /// One turn of the outer loop, line 3: a block of queries.
  static func program(
    _ core: borrowing Core, _ Q: HBMBlock<Queries, Features>,
    _ K: HBMRowBlocks<Keys, Features>, _ V: HBMRowBlocks<Keys, ValueFeatures>,
    _ O: HBMBlock<Queries, ValueFeatures>, _ L: HBMBlock<Queries, One>, scale tau: Float
  ) {
    // 4: Load Qᵢ from HBM to on-chip SRAM.
    let Qi = core.load(Q)
    // 5: On chip, initialize Oᵢ = (0), ℓᵢ = (0), mᵢ = (−∞).
    var Oi: Tile<Queries, ValueFeatures> = core.zeros(O.rows, O.columns)
    var li: TileVector<Queries> = core.vector(O.rows, repeating: 0)
    var mi: TileVector<Queries> = core.vector(O.rows, repeating: -.infinity)
    // 6: for 1 ≤ j ≤ Tc do
    for j in K.indices {
      // 7: Load Kⱼ, Vⱼ from HBM to on-chip SRAM.
      let Kj = core.load(K[j])
      let Vj = core.load(V[j])
      // 8: Sᵢⱼ = τ·QᵢKⱼᵀ.
      let Sij = product(Qi, transposed: Kj, scaledBy: tau)
      // 9: mᵢⁿᵉʷ = max(mᵢ, rowmax(Sᵢⱼ)), P̃ᵢⱼ = exp(Sᵢⱼ − mᵢⁿᵉʷ),
      //    ℓᵢ ← exp(mᵢ − mᵢⁿᵉʷ)·ℓᵢ + rowsum(P̃ᵢⱼ).
      let miNew = max(mi, rowMax(Sij))
      let Pij = exp(Sij, minus: miNew)
      let a = exp(mi, minus: miNew)
      li = a * li + rowSum(Pij)
      // 10: Oᵢ ← diag(exp(mᵢ − mᵢⁿᵉʷ))·Oᵢ + P̃ᵢⱼVⱼ. (The paper prints the inverse, an error.)
      Oi.scaleRows(by: a)
      Oi.addProduct(Pij, Vj)
      mi = miNew
    }
    // 12: Oᵢ ← diag(ℓᵢ)⁻¹·Oᵢ.
    Oi.divideRows(by: li)
    // 13: Lᵢ = mᵢ + log(ℓᵢ).
    let Li = mi + log(li)
    // 14, 15: Write Oᵢ, Lᵢ to HBM.
    core.store(Oi, to: O)
    core.store(Li, to: L)
  }

  /// Qᵢ, Oᵢ; Kⱼ, Vⱼ; Sᵢⱼ; and at line 9 ℓᵢ, mᵢ, mᵢⁿᵉʷ, a, the two terms and their sum.
  static func footprint(_ blocks: Blocks, _ shape: AttentionShape, sram: Capacity) -> Int {
    let (Br, Bc) = (blocks.rows, blocks.columns)
    return 4 * ((Br + Bc) * (shape.headDim + shape.valueDim) + Br * Bc + 7 * Br)
  }

  /// Lines 4, 14 and 15 move Q, O and L once; line 7 is run T_r · T_c times.
  static func closedForm(_ blocks: Blocks, _ shape: AttentionShape, sram: Capacity) -> Ledger {
    let Nq = shape.matrices * shape.queries
    let Nk = shape.matrices * shape.keys
    let (d, dv) = (shape.headDim, shape.valueDim)
    let Tr = ceilingQuotient(shape.queries, blocks.rows)
    var ledger = Ledger()
    ledger.add(Traffic(reads: Nq * d, of: .f32), phase: .main, tensor: "Q")
    ledger.add(Traffic(reads: Tr * Nk * d, of: .f32), phase: .main, tensor: "K")
    ledger.add(Traffic(reads: Tr * Nk * dv, of: .f32), phase: .main, tensor: "V")
    ledger.add(Traffic(writes: Nq * dv, of: .f32), phase: .main, tensor: "O")
    ledger.add(Traffic(writes: Nq, of: .f32), phase: .main, tensor: "LSE")
    return ledger
  }

  static let costlySide = Blocks.Side.rows

  static func hbmElements(_ shape: AttentionShape) -> Int {
    shape.matrices * shape.queries * (shape.valueDim + 1)
  }

  static func run(_ problem: ForwardProblem) throws(LaunchError) -> ForwardResult {
    let (shape, memory, machine) = (problem.shape, problem.memory, problem.machine)
    let (Br, Bc) = (problem.blocks.rows, problem.blocks.columns)
    let (Q, K, V, tau) = (problem.Q, problem.K, problem.V, problem.scale)
    let Tr = problem.rowBlockCount
    let O: HBMTensor<Queries, ValueFeatures> = memory.allocate(
      "O", matrices: shape.matrices, rows: shape.queries, columns: shape.valueDim)
    let L: HBMTensor<Queries, One> = memory.allocate(
      "LSE", vectors: shape.matrices, count: shape.queries)
    let launch = problem.rowBlocks(
      footprint: footprint(problem.blocks, shape, sram: machine.sram), lanes: Queries.self)
    let execution = try machine.launch(launch, memory: memory) { core, index in
      let (head, i) = (index / Tr, index % Tr)
      program(
        core, Q[head].blocks(rows: Br)[i], K[shape.kvMatrix(head)].blocks(rows: Bc),
        V[shape.kvMatrix(head)].blocks(rows: Bc), O[head].blocks(rows: Br)[i],
        L[head].blocks(rows: Br)[i], scale: tau)
    }
    let statistics = memory.contents(of: L)
    return ForwardResult(
      execution: execution, output: memory.contents(of: O),
      logSumExp: statistics.map { statistics in { statistics } })
  }
}
