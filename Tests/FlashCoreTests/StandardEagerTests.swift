import FlashCore
import HBMSim
import Synchronization
import TestSupport
import Testing

@Suite("Standard attention, run eagerly")
struct StandardEagerTests {
  private func plan(
    _ shape: AttentionShape, _ pass: Pass = .both, _ options: AttentionOptions = AttentionOptions(),
    _ precision: Precision = .f16, tiling: Tiling = .blocks(64, 32), sram: Capacity = .unlimited
  ) throws -> AttentionPlan {
    try AttentionPlan(
      .standardEager, pass: pass, shape: shape, options: options, precision: precision,
      tiling: tiling, on: machine(sram, mode: .count))
  }

  private let maskAndDropout = AttentionOptions(
    mask: .causal(), dropout: Dropout(probability: 0.1, seed: 1))

  // MARK: What is moved

  @Test(
    "moves 18Y + 12X by the count of Figure 2, with a mask and dropout",
    arguments: [(64, 64), (200, 64), (256, 128), (1024, 64), (300, 7)])
  func figure2(N: Int, d: Int) throws {
    let plan = try plan(AttentionShape(queries: N, headDim: d), .both, maskAndDropout)
    // N × d and N × N numbers of two bytes.
    let (X, Y) = (2 * N * d, 2 * N * N)
    for ledger in [plan.closedForm, try plan.count().ledger] {
      func bytes(_ phase: String) -> Int { ledger.traffic(in: Phase(phase)).bytes }
      // A truth value is half a number: 2·half = Y.
      let half = N * N
      #expect(bytes("scale") == 2 * X)
      #expect(bytes("scores") == Y + 2 * X)
      #expect(bytes("mask") == 2 * Y + half)
      #expect(bytes("softmax") == 2 * Y)
      #expect(bytes("dropout") == 2 * Y + half)
      #expect(bytes("output") == Y + 2 * X)
      #expect(bytes("dV") == Y + 2 * X)
      #expect(bytes("dP") == Y + 2 * X)
      #expect(bytes("dropout_backward") == 2 * Y + half)
      #expect(bytes("dS") == 3 * Y)
      #expect(bytes("mask_backward") == 2 * Y + half)
      #expect(bytes("dQ") == Y + 2 * X)
      #expect(bytes("dK") == Y + 2 * X)
      #expect(bytes("scale_backward") == 2 * X)
      #expect(ledger.phases.count == 14)
      // The figure has neither the scaling of K nor the mask of dS, and does not read the mask.
      let left = bytes("scale") + bytes("scale_backward") + bytes("mask_backward") + half
      #expect(ledger.total.bytes - left == 18 * Y + 12 * X)
    }
  }

  @Test("moves 11Y + 12X without a mask and dropout, beside the scaling of K")
  func plain() throws {
    for (N, d) in [(64, 64), (200, 24), (1024, 64)] {
      let plan = try plan(AttentionShape(queries: N, headDim: d))
      let (X, Y) = (2 * N * d, 2 * N * N)
      for ledger in [plan.closedForm, try plan.count().ledger] {
        let scaling = [Phase("scale"), Phase("scale_backward")].reduce(0) {
          $0 + ledger.traffic(in: $1).bytes
        }
        #expect(scaling == 4 * X)
        #expect(ledger.total.bytes - scaling == 11 * Y + 12 * X)
      }
    }
  }

  @Test("moves the 40.3 GB of Figure 2")
  func gpt2() throws {
    // GPT-2 medium: batch 64, 16 heads, N = 1024, d = 64, f16. All heads share a mask.
    let shape = try AttentionShape(batch: 64, heads: 16, queries: 1024, headDim: 64)
    let ledger = try plan(shape, .both, maskAndDropout).closedForm
    let uncounted = ["scale", "scale_backward", "mask_backward"].reduce(0) {
      $0 + ledger.traffic(in: Phase($1)).bytes
    }
    let mask = 1024 * 1024
    #expect(ledger.total.bytes - uncounted - mask == 40_265_318_400)
  }

  @Test("moves the same with any blocks")
  func blocks() throws {
    let shape = try AttentionShape(
      batch: 2, heads: 4, kvHeads: 2, queries: 50, keys: 37, headDim: 8, valueDim: 5)
    let options = AttentionOptions(
      mask: .causal(), softcap: 3, slopes: [1, 2, 3, 4],
      dropout: Dropout(probability: 0.1, seed: 1))
    for pass in Pass.allCases {
      let expected = try plan(shape, pass, options, tiling: .blocks(50, 37)).count().ledger
      for (rows, columns) in [(1, 1), (7, 11), (50, 1), (1, 37), (16, 16)] {
        let ledger = try plan(shape, pass, options, tiling: .blocks(rows, columns)).count().ledger
        #expect(ledger == expected, "\(pass), \(rows) × \(columns)")
      }
    }
  }

  @Test("reads a mask or bias once for all that share it, and each head of keys once")
  func sharing() throws {
    let shape = try AttentionShape(
      batch: 2, heads: 4, kvHeads: 2, queries: 30, keys: 20, headDim: 8)
    for (batch, heads) in [(1, 1), (2, 1), (1, 4), (2, 4)] {
      let options = AttentionOptions(
        maskTensor: ScoreTensor(
          batch: batch, heads: heads, queries: 30, keys: 20, elementType: .bool),
        bias: ScoreTensor(batch: batch, heads: heads, queries: 30, keys: 20, elementType: .f32))
      let ledger = try plan(shape, .both, options, tiling: .blocks(7, 6)).count().ledger
      #expect(ledger.traffic(of: "bias") == Traffic(reads: batch * heads * 600, of: .f32))
      // Once a pass.
      #expect(ledger.traffic(of: "mask") == Traffic(reads: 2 * batch * heads * 600, of: .bool))
      #expect(ledger.traffic(of: "V").readElements == 2 * 4 * 20 * 8)
      #expect(ledger.traffic(of: "K").readElements == 4 * 20 * 8)
    }
  }

  @Test("has a mask for every sequence or head only where they differ")
  func maskShape() throws {
    let shape = try AttentionShape(batch: 3, heads: 2, queries: 10, headDim: 4)
    let perHead = ScoreTensor(heads: 2, queries: 10, keys: 10, elementType: .bool)
    var lengths = Mask()
    lengths.keyLengths = [10, 5, 0]
    for (options, matrices) in [
      (AttentionOptions(), 0), (AttentionOptions(mask: .causal()), 1),
      (AttentionOptions(pattern: .local(width: 1)), 1), (AttentionOptions(mask: lengths), 3),
      (AttentionOptions(maskTensor: perHead), 2),
      (AttentionOptions(mask: lengths, maskTensor: perHead), 6),
    ] {
      let ledger = try plan(shape, .forward, options).count().ledger
      #expect(ledger.traffic(of: "mask").readBytes == matrices * 100)
      #expect(ledger.phases.contains(Phase("mask")) == (matrices > 0))
    }
  }

  @Test("keeps the capped scores only where something follows, and a backward pass")
  func cappedScores() throws {
    let shape = try AttentionShape(queries: 10, headDim: 4)
    for (pass, mask, isKept) in [
      (Pass.forward, Mask.causal(), false), (.both, .none, false), (.both, .causal(), true),
      (.backward, .causal(), true),
    ] {
      let ledger = try plan(shape, pass, AttentionOptions(mask: mask, softcap: 3)).count().ledger
      #expect((ledger.traffic(of: "S_capped") != .zero) == isKept, "\(pass) \(mask)")
    }
  }

  // MARK: Memory

  @Test("allocates 10X + 4Y, Q, K, V and dO among them", arguments: [64, 100, 256])
  func hbm(N: Int) throws {
    for d in [16, 64] {
      let plan = try AttentionPlan(
        .standardEager, pass: .both, shape: AttentionShape(queries: N, headDim: d),
        precision: .f16, on: machine(threads: 1))
      let (X, Y) = (2 * N * d, 2 * N * N)
      // Tiles of f32, whatever they occupy of SRAM.
      let tiles = 2 * plan.footprint
      #expect(plan.requiredMemory - tiles + 4 * X == 10 * X + 4 * Y)
    }
  }

  @Test("allocates what dropout, a mask and the capped scores take")
  func hbmOfOptions() throws {
    let shape = try AttentionShape(heads: 2, queries: 100, headDim: 16)
    func bytes(_ options: AttentionOptions) throws -> Int {
      let plan = try AttentionPlan(
        .standardEager, pass: .both, shape: shape, options: options, precision: .f16,
        on: machine(threads: 1))
      return plan.requiredMemory - 2 * plan.footprint
    }
    let Y = 2 * 2 * 100 * 100
    let plain = try bytes(AttentionOptions())
    let dropout = Dropout(probability: 0.1, seed: 1)
    #expect(try bytes(AttentionOptions(dropout: dropout)) == plain + Y + Y / 2)
    #expect(try bytes(AttentionOptions(mask: .causal())) == plain + 100 * 100)
    #expect(try bytes(AttentionOptions(softcap: 3)) == plain)
    #expect(try bytes(AttentionOptions(softcap: 3, slopes: [1, 1])) == plain + Y)
    let tensor = ScoreTensor(queries: 100, keys: 100, elementType: .bool)
    #expect(try bytes(AttentionOptions(maskTensor: tensor)) == plain)
  }

  @Test("holds in SRAM what each kernel's budget says", arguments: [Precision.f32, .f16])
  func budgets(precision: Precision) throws {
    let shape = try AttentionShape(
      heads: 4, kvHeads: 2, queries: 50, keys: 37, headDim: 8, valueDim: 5)
    let bias = ScoreTensor(queries: 50, keys: 37, elementType: precision.elementType)
    let options = AttentionOptions(
      mask: .causal(), bias: bias, softcap: 3, slopes: [1, 2, 3, 4],
      dropout: Dropout(probability: 0.1, seed: 1))
    for (rows, columns) in [(16, 8), (50, 37), (3, 20)] {
      let peaks = Peaks()
      var machine = machine(mode: .count)
      machine.observer = peaks
      let plan = try AttentionPlan(
        .standardEager, pass: .both, shape: shape, options: options, precision: precision,
        tiling: .blocks(rows, columns), on: machine)
      _ = try plan.count()
      let expected = Dictionary(uniqueKeysWithValues: plan.budgets.map { ($0.kernel, $0.total) })
      #expect(peaks.bytes == expected, "\(rows) × \(columns)")
      #expect(expected.count == plan.launches)
    }
  }

  @Test("takes as many rows for the softmax as fit")
  func rows() throws {
    // A row of 100 scores, its maximum and its sum are 408 bytes; K, a row of Q and of S are 816.
    let shape = try AttentionShape(queries: 30, keys: 100, headDim: 2)
    let plan = try plan(
      shape, .forward, AttentionOptions(), .f32, tiling: .blocks(30, 1), sram: .bytes(1500))
    #expect(plan.budgets.first { $0.kernel == "softmax" }?.total == 3 * 408)
    let run = try plan.count()
    #expect(run.ledger == plan.closedForm)
    #expect(run.peakSRAM == plan.footprint)
  }

  @Test("is refused where not all keys of a head fit, with both numbers")
  func tooManyKeys() throws {
    let shape = try AttentionShape(queries: 4096, headDim: 64)
    let error = #expect(throws: AttentionError.self) {
      try plan(shape, .forward, AttentionOptions(), .f32, tiling: .fit, sram: .kibibytes(192))
    }
    // K, a row of Q and a score, in blocks of 1 × 1.
    let needed = 4 * (4096 * 64 + 64 + 1)
    #expect(
      error
        == .insufficientSRAM(
          algorithm: .standardEager, blocks: Blocks(rows: 1, columns: 1), needed: needed,
          available: 196_608))
    #expect("\(error!)".contains("\(needed)") && "\(error!)".contains("196608"))
  }

  // MARK: Values

  @Test("gives what standard attention gives, but for roundings")
  func values() throws {
    let shape = try AttentionShape(
      batch: 2, heads: 4, kvHeads: 2, queries: 33, keys: 47, headDim: 20, valueDim: 5)
    var mask = Mask.causal(.bottomRight)
    mask.keyLengths = [47, 20]
    let options = AttentionOptions(
      mask: mask, pattern: .local(width: 3), softcap: 2,
      dropout: Dropout(probability: 0.2, seed: 5))
    let problem = try Problem(shape, seed: 3)
    let tiling = Tiling.blocks(16, 16)
    let eager = try problem.run(
      .standardEager, pass: .both, options: options, tiling: tiling, on: machine())
    let standard = try problem.run(
      .standard, pass: .both, options: options, tiling: tiling, on: machine())
    for (a, b) in [
      (eager.output, standard.output), (eager.logSumExp, standard.logSumExp),
      (eager.gradients!.query, standard.gradients!.query),
      (eager.gradients!.key, standard.gradients!.key),
      (eager.gradients!.value, standard.gradients!.value),
    ] {
      #expect(zip(a.values, b.values).allSatisfy { $0 == $1 || abs($0 - $1) < 1e-4 })
      #expect(a.values.contains { $0 != 0 && $0.isFinite })
    }
  }
}

/// The most SRAM of each phase.
private final class Peaks: MachineObserver {
  private let state = Mutex<(phase: Phase, bytes: [String: Int])>((.main, [:]))

  var bytes: [String: Int] { state.withLock { $0.bytes } }

  func observe(_ event: MachineEvent) {
    state.withLock { state in
      switch event {
      case .phase(let phase): state.phase = phase
      case .allocation(let residency):
        state.bytes[state.phase.name] = max(state.bytes[state.phase.name] ?? 0, residency.used)
      default: break
      }
    }
  }
}
