// FlashAttention, Algorithm 1 (Dao et al. 2022), with the softmax scale τ of Algorithm 2.
// Matrices bear the paper's names; a number before a line is the paper's.

@_spi(Host) internal import HBMSim
internal import TileKernels

enum Flash1Forward: ForwardAlgorithm {
  static func program(
    _ core: borrowing Core, _ Q: HBMRowBlocks<Queries, Features>,
    _ K: HBMRowBlocks<Keys, Features>, _ V: HBMRowBlocks<Keys, ValueFeatures>,
    _ O: HBMRowBlocks<Queries, ValueFeatures>, _ l: HBMRowBlocks<Queries, One>,
    _ m: HBMRowBlocks<Queries, One>, scale tau: Float
  ) {
    // 2: Initialize O = (0), ℓ = (0), m = (−∞) in HBM.
    core.begin(.initialize)
    for i in Q.indices {
      core.fill(O[i], with: 0)
      core.fill(l[i], with: 0)
      core.fill(m[i], with: -.infinity)
    }
    core.begin(.main)
    // 5: for 1 ≤ j ≤ Tc do
    for j in K.indices {
      // 6: Load Kⱼ, Vⱼ from HBM to on-chip SRAM.
      let Kj = core.load(K[j])
      let Vj = core.load(V[j])
      // 7: for 1 ≤ i ≤ Tr do
      for i in Q.indices {
        // 8: Load Qᵢ, Oᵢ, ℓᵢ, mᵢ from HBM to on-chip SRAM.
        let Qi = core.load(Q[i])
        var Oi = core.load(O[i])
        let li = core.load(l[i])
        let mi = core.load(m[i])
        // 9: Sᵢⱼ = τ·QᵢKⱼᵀ.
        let Sij = product(Qi, transposed: Kj, scaledBy: tau)
        // 10: m̃ᵢⱼ = rowmax(Sᵢⱼ), P̃ᵢⱼ = exp(Sᵢⱼ − m̃ᵢⱼ), ℓ̃ᵢⱼ = rowsum(P̃ᵢⱼ).
        let mij = rowMax(Sij)
        var Pij = exp(Sij, minus: mij)
        let lij = rowSum(Pij)
        // 11: mᵢⁿᵉʷ = max(mᵢ, m̃ᵢⱼ), ℓᵢⁿᵉʷ = exp(mᵢ − mᵢⁿᵉʷ)·ℓᵢ + exp(m̃ᵢⱼ − mᵢⁿᵉʷ)·ℓ̃ᵢⱼ.
        let miNew = max(mi, mij)
        let a = exp(mi, minus: miNew)
        let b = exp(mij, minus: miNew)
        let liNew = a * li + b * lij
        // 12: Oᵢ ← diag(ℓᵢⁿᵉʷ)⁻¹(diag(ℓᵢ)·exp(mᵢ − mᵢⁿᵉʷ)·Oᵢ + exp(m̃ᵢⱼ − mᵢⁿᵉʷ)·P̃ᵢⱼVⱼ), to HBM.
        Oi.scaleRows(by: li * a)
        Pij.scaleRows(by: b)
        Oi.addProduct(Pij, Vj)
        Oi.divideRows(by: liNew)
        core.store(Oi, to: O[i])
        // 13: ℓᵢ ← ℓᵢⁿᵉʷ, mᵢ ← mᵢⁿᵉʷ, to HBM.
        core.store(liNew, to: l[i])
        core.store(miNew, to: m[i])
      }
    }
  }

  /// Kⱼ, Vⱼ; Qᵢ, Oᵢ; Sᵢⱼ; and at line 11 ℓᵢ, mᵢ, m̃ᵢⱼ, ℓ̃ᵢⱼ, mᵢⁿᵉʷ, a, b, the two products and
  /// their sum.
  static func footprint(_ blocks: Blocks, _ shape: AttentionShape, sram: Capacity) -> Int {
    let (Br, Bc) = (blocks.rows, blocks.columns)
    return 4 * ((Br + Bc) * (shape.headDim + shape.valueDim) + Br * Bc + 10 * Br)
  }

  /// Line 2 writes O, ℓ and m; line 6 reads K and V once; lines 8, 12 and 13 are run T_c times.
  static func closedForm(_ blocks: Blocks, _ shape: AttentionShape, sram: Capacity) -> Ledger {
    let Nq = shape.matrices * shape.queries
    let Nk = shape.matrices * shape.keys
    let (d, dv) = (shape.headDim, shape.valueDim)
    let Tc = ceilingQuotient(shape.keys, blocks.columns)
    var ledger = Ledger()
    for (tensor, columns) in [("O", dv), ("l", 1), ("m", 1)] {
      ledger.add(Traffic(writes: Nq * columns, of: .f32), phase: .initialize, tensor: tensor)
      ledger.add(
        Traffic(reads: Tc * Nq * columns, writes: Tc * Nq * columns, of: .f32),
        phase: .main, tensor: tensor)
    }
    ledger.add(Traffic(reads: Nk * d, of: .f32), phase: .main, tensor: "K")
    ledger.add(Traffic(reads: Nk * dv, of: .f32), phase: .main, tensor: "V")
    ledger.add(Traffic(reads: Tc * Nq * d, of: .f32), phase: .main, tensor: "Q")
    return ledger
  }

  static let costlySide = Blocks.Side.columns

  static func hbmElements(_ shape: AttentionShape) -> Int {
    shape.matrices * shape.queries * (shape.valueDim + 2)
  }

  static func run(_ problem: ForwardProblem) throws(LaunchError) -> ForwardResult {
    let (shape, memory, machine) = (problem.shape, problem.memory, problem.machine)
    let (Br, Bc) = (problem.blocks.rows, problem.blocks.columns)
    let (Q, K, V, tau) = (problem.Q, problem.K, problem.V, problem.scale)
    let O: HBMTensor<Queries, ValueFeatures> = memory.allocate(
      "O", matrices: shape.matrices, rows: shape.queries, columns: shape.valueDim)
    let l: HBMTensor<Queries, One> = memory.allocate(
      "l", vectors: shape.matrices, count: shape.queries)
    let m: HBMTensor<Queries, One> = memory.allocate(
      "m", vectors: shape.matrices, count: shape.queries)
    let launch = problem.heads(
      footprint: footprint(problem.blocks, shape, sram: machine.sram), lanes: Queries.self)
    let execution = try machine.launch(launch, memory: memory) { core, index in
      program(
        core, Q[index].blocks(rows: Br), K[shape.kvMatrix(index)].blocks(rows: Bc),
        V[shape.kvMatrix(index)].blocks(rows: Bc), O[index].blocks(rows: Br),
        l[index].blocks(rows: Br), m[index].blocks(rows: Br), scale: tau)
    }
    var result = ForwardResult(execution: execution, output: memory.contents(of: O))
    if let l = memory.contents(of: l), let m = memory.contents(of: m) {
      result.logSumExp = { logSumExp(sums: l, maxima: m) }
    }
    return result
  }
}
