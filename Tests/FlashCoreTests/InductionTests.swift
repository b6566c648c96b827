// Release builds, which users run, have no testable imports; a program is internal.
#if DEBUG
  @testable import FlashCore
  @_spi(Host) import HBMSim
  import Synchronization
  import TestSupport
  import Testing

  @Suite("Theorem 1")
  struct InductionTests {
    private static let noMask = MaskCase("no mask", .none) { _, _, _ in true }
    private static let causal = MaskCase("causal", .causal()) { _, i, j in j <= i }

    @Test("holds after each turn of Algorithm 1's outer loop")
    func shapes() throws {
      for (seed, shape) in try awkwardShapes().enumerated() {
        let problem = try Problem(shape, seed: UInt64(seed))
        for blocks in [(1, 1), (16, 16), (33, 10), (7, 50), (200, 200)] {
          if shape.queries * shape.keys > 1000 && blocks == (1, 1) { continue }
          try expectInduction(problem, blocks: Blocks(rows: blocks.0, columns: blocks.1))
        }
      }
    }

    @Test("holds for rows that have seen nothing yet, under every mask")
    func masks() throws {
      var nothing = 0
      for (queries, keys) in MaskTests.sizes {
        // Two heads share keys.
        let shape = try AttentionShape(
          batch: 2, heads: 2, kvHeads: 1, queries: queries, keys: keys, headDim: 6, valueDim: 5)
        let problem = try Problem(shape, seed: UInt64(queries))
        for mask in MaskCase.all(queries: queries, keys: keys) {
          for blocks in [Blocks(rows: 16, columns: 8), Blocks(rows: 7, columns: 11)] {
            let snapshots = try expectInduction(problem, mask, blocks: blocks)
            for snapshot in snapshots where 0 < snapshot.keys && snapshot.keys < keys {
              nothing += snapshot.m.count { $0 == -.infinity }
            }
          }
        }
      }
      #expect(nothing > 0)
    }

    @Test("holds for random sizes and blocks")
    func random() throws {
      let seed: UInt64 = 220_514_135
      var generator = SeededGenerator(seed: seed)
      for number in 0..<30 {
        let random = try RandomConfiguration(using: &generator, limit: 40)
        let mask = number.isMultiple(of: 2) ? Self.noMask : Self.causal
        try expectInduction(
          Problem(random.shape, seed: seed), mask, blocks: random.blocks,
          "seed \(seed), number \(number): \(random), ")
      }
    }

    /// Runs Algorithm 1, and expects what the theorem says of the HBM before its first turn and
    /// after each; gives back what was there.
    @discardableResult
    private func expectInduction(
      _ problem: Problem, _ mask: MaskCase = Self.noMask, blocks: Blocks, _ comment: String = ""
    ) throws -> [Snapshot] {
      let shape = problem.shape
      let blocks = blocks.clamped(to: shape)
      let snapshots = try snapshots(of: problem, mask.mask, blocks)
      let Tc = (shape.keys + blocks.columns - 1) / blocks.columns
      #expect(snapshots.count == shape.kvMatrices * (Tc + 1))
      for head in 0..<shape.matrices {
        func matrix(_ tensor: [Float], _ index: Int, _ rows: Int, _ columns: Int) -> Matrix {
          let first = index * rows * columns
          return Matrix(
            rows: rows, columns: columns, Array(tensor[first..<first + rows * columns]))
        }
        let kv = shape.kvMatrix(head)
        let prefix = PrefixAttention(
          query: matrix(problem.query.values, head, shape.queries, shape.headDim),
          key: matrix(problem.key.values, kv, shape.keys, shape.headDim),
          value: matrix(problem.value.values, kv, shape.keys, shape.valueDim),
          scale: Double(problem.scale)
        ) { mask.sees(head / shape.heads, $0, $1) }
        for (turns, snapshot) in snapshots.filter({ $0.kvMatrix == kv }).enumerated() {
          let expected = prefix.after(turns, blocksOf: blocks.columns)
          #expect(snapshot.keys == min(turns * blocks.columns, shape.keys))
          for (name, tensor, columns, expected) in [
            ("m", snapshot.m, 1, expected.m), ("ℓ", snapshot.l, 1, expected.l),
            ("O", snapshot.O, shape.valueDim, expected.O),
          ] {
            let count = shape.queries * columns
            let excess = excess(
              Array(tensor[head * count..<(head + 1) * count]), over: expected.exact,
              bound: expected.bound)
            #expect(
              excess == nil,
              "\(comment)\(shape), \(mask), blocks of \(blocks): \(name) of \(head) after \(turns)")
          }
        }
      }
      // What was looked at is what the plan runs.
      let result = try problem.run(
        .flash1, mask: mask.mask, tiling: .blocks(blocks), on: machine())
      let group = shape.heads / shape.kvHeads * shape.queries * shape.valueDim
      for kv in 0..<shape.kvMatrices {
        let last = snapshots.last { $0.kvMatrix == kv }!
        let heads = kv * group..<(kv + 1) * group
        #expect(last.O[heads].elementsEqual(result.output.values[heads]))
      }
      return snapshots
    }

    /// Runs Algorithm 1 as its launch does, on a machine that is watched.
    private func snapshots(
      of problem: Problem, _ mask: Mask, _ blocks: Blocks
    ) throws -> [Snapshot] {
      let (shape, scale) = (problem.shape, problem.scale)
      let memory = machine().makeMemory()
      let Q: HBMTensor<Queries, Features> = memory.place(
        "Q", HostBuffer(problem.query.values), matrices: shape.matrices, rows: shape.queries,
        columns: shape.headDim)
      let K: HBMTensor<Keys, Features> = memory.place(
        "K", HostBuffer(problem.key.values), matrices: shape.kvMatrices, rows: shape.keys,
        columns: shape.headDim)
      let V: HBMTensor<Keys, ValueFeatures> = memory.place(
        "V", HostBuffer(problem.value.values), matrices: shape.kvMatrices, rows: shape.keys,
        columns: shape.valueDim)
      let O: HBMTensor<Queries, ValueFeatures> = memory.allocate(
        "O", matrices: shape.matrices, rows: shape.queries, columns: shape.valueDim)
      let l: HBMTensor<Queries, One> = memory.allocate(
        "l", vectors: shape.matrices, count: shape.queries)
      let m: HBMTensor<Queries, One> = memory.allocate(
        "m", vectors: shape.matrices, count: shape.queries)
      let camera = Camera(
        m: memory.contents(of: m)!, l: memory.contents(of: l)!, O: memory.contents(of: O)!,
        keys: shape.keys)

      let options = AttentionOptions(mask: mask)
      let maps = BlockMaps(options, blocks, shape)
      let terms = (0..<shape.matrices).map { head in
        let batch = head / shape.heads
        return ScoreTerms(
          options, batch: batch, head: head % shape.heads, map: maps[batch], blocks, shape)
      }
      var machine = machine()
      machine.observer = camera
      _ = try machine.launch(
        Launch(grid: shape.kvMatrices, footprint: 1 << 20, lanes: Queries.self), memory: memory
      ) { core, index in
        Flash1.forward(
          core, heads: shape.queryMatrices(ofKV: index), scores: { terms[$0] },
          HeadBlocks(Q, rows: blocks.rows), K[index].blocks(rows: blocks.columns),
          V[index].blocks(rows: blocks.columns), HeadBlocks(O, rows: blocks.rows),
          HeadBlocks(l, rows: blocks.rows), HeadBlocks(m, rows: blocks.rows), scale: scale)
      }
      return camera.snapshots
    }
  }

  /// What was in HBM when a head of keys had gone through its first keys.
  private struct Snapshot: Sendable {
    let kvMatrix: Int
    let keys: Int
    let m: [Float]
    let l: [Float]
    let O: [Float]
  }

  /// Takes a snapshot at each load of a block of K, before it is used, and at the end.
  private final class Camera: MachineObserver {
    private let m: HostBuffer
    private let l: HostBuffer
    private let O: HostBuffer
    private let keys: Int
    private let taken = Mutex<[Snapshot]>([])

    init(m: HostBuffer, l: HostBuffer, O: HostBuffer, keys: Int) {
      self.m = m
      self.l = l
      self.O = O
      self.keys = keys
    }

    var snapshots: [Snapshot] { taken.withLock { $0 } }

    func observe(_ event: MachineEvent) {
      switch event {
      case .transfer(let transfer) where transfer.tensor == "K":
        take(kvMatrix: transfer.matrix, keys: transfer.rows.lowerBound)
      case .end(let launch):
        take(kvMatrix: launch, keys: keys)
      default:
        break
      }
    }

    private func take(kvMatrix: Int, keys: Int) {
      func floats(_ buffer: HostBuffer) -> [Float] {
        buffer.withElements { span in span.indices.map { span[$0] } }
      }
      let snapshot = Snapshot(
        kvMatrix: kvMatrix, keys: keys, m: floats(m), l: floats(l), O: floats(O))
      taken.withLock { $0.append(snapshot) }
    }
  }
#endif
