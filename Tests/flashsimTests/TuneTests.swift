import FlashCore
import Testing

@Suite("flashsim tune")
struct TuneTests {
  /// Problems of several kinds, small enough for a search under a mask.
  private static let lines = [
    "--algorithm standard,flash1,flash2,split-kv --pass forward,backward,both --tokens 300 "
      + "--sram 16KiB,192KiB",
    "--queries 200 --keys 333 --heads 4 --kv-heads 2 --batch 2 --head-dim 24 --value-dim 40 "
      + "--dtype f16 --accumulator f32 --sram 9999B",
    "--causal --tokens 60 --head-dim 16 --dtype bf16 --softcap 3 --dropout 0.1 --sram 8KiB",
    "--tokens 20 --sram 1KB --head-dim 5",
  ]

  @Test("gives what the plans of the library have", arguments: lines)
  func plans(line: String) async throws {
    for run in try await tune(line) {
      let problem = try Problem(run)
      for choice in run.choices {
        let comment: Comment = "\(run.algorithm) \(run.pass) \(choice.name)"
        let blocks = Blocks(rows: choice.blocks.rows, columns: choice.blocks.columns)
        if !choice.fits {
          let refusal = AttentionError.insufficientSRAM(
            algorithm: problem.algorithm, blocks: blocks, needed: choice.footprintBytes,
            available: problem.capacity)
          #expect(throws: refusal, comment) {
            try problem.plan(.blocks(blocks), sram: .bytes(problem.capacity))
          }
        }
        let plan = try problem.plan(
          .blocks(blocks), sram: .bytes(choice.fits ? problem.capacity : choice.footprintBytes))
        #expect(choice.footprintBytes == plan.footprint, comment)
        #expect(choice.hbm == Document.Moved(plan.closedForm.total), comment)
        #expect(choice.hbm == Document.Moved(try plan.count().traffic), comment)
      }
    }
  }

  @Test("takes the blocks that its names say, no larger than the problem", arguments: lines)
  func choices(line: String) async throws {
    for run in try await tune(line) {
      let problem = try Problem(run)
      let fit = try problem.plan(.fit, sram: .bytes(problem.capacity)).blocks
      #expect(run["fit"]?.blocks == Document.Blocks(fit, run.shape))
      let d = run.shape.headDim
      for (name, M) in [("paper", problem.capacity / 4), ("paper-bytes", problem.capacity)] {
        let columns = (M + 4 * d - 1) / (4 * d)
        let paper = Blocks(rows: min(columns, d), columns: columns)
        #expect(run[name]?.blocks == Document.Blocks(paper, run.shape), "\(name)")
      }
      let published = Blocks.published(
        for: problem.algorithm, pass: problem.pass, headDim: d,
        hasDropout: problem.options.dropout != nil)
      #expect(
        run["published"]?.blocks == published.map { Document.Blocks($0, run.shape) })
      #expect(
        run.choices.map(\.name)
          == ["least", "fit", "paper", "paper-bytes"] + (published == nil ? [] : ["published"]))
    }
  }

  @Test("calls least what the search finds, and no choice that fits undercuts", arguments: lines)
  func least(line: String) async throws {
    for run in try await tune(line) {
      let problem = try Problem(run)
      let least = try #require(run["least"])
      #expect(least.fits && least.ratio == 1)
      for choice in run.choices {
        #expect(!choice.fits || choice.bytes >= least.bytes)
        #expect(choice.ratio == Double(choice.bytes) / Double(least.bytes))
      }
      let search = try BlockSearch(
        problem.algorithm, pass: problem.pass, shape: problem.shape, options: problem.options,
        precision: problem.precision, sram: .bytes(problem.capacity))
      #expect(least.bytes == search.ledger.total.bytes)
      #expect(least.footprintBytes == search.footprint)
      #expect(run.search.candidates == search.candidates)
      #expect(run.search.exhaustive == search.isExhaustive)
    }
  }

  @Test("says what the SRAM of every kernel is taken by, and which devices have as much")
  func budget() async throws {
    let line = Self.lines[0]
    for run in try await tune(line) {
      let problem = try Problem(run)
      let least = try #require(run["least"])
      let comment: Comment = "\(run.algorithm) \(run.pass)"
      let tiling = Tiling.blocks(Blocks(rows: least.blocks.rows, columns: least.blocks.columns))
      #expect(run.budget.map(\.bytes).max() == least.footprintBytes, comment)
      #expect(run.budget.allSatisfy { $0.shares.allSatisfy { $0.bytes > 0 } }, comment)
      #expect(run.devices.map(\.name) == Device.all.map(\.name))
      for (fit, device) in zip(run.devices, Device.all) {
        #expect(fit.sramBytes == device.sram)
        let plan = try? problem.plan(tiling, sram: .bytes(device.sram))
        #expect(fit.fits == (plan != nil), comment)
        // The softmax of standard attention takes what room there is.
        if run.algorithm != "standard" {
          #expect(fit.fits == (least.footprintBytes <= device.sram), comment)
        }
      }
    }
    let kernels = try await tune("--algorithm standard --pass forward --tokens 64")[0].budget
    #expect(kernels.map(\.kernel) == ["S", "P", "O"])
    #expect(kernels[0].shares.map(\.name) == ["Q", "K", "S"])
  }

  @Test("takes the passes apart, and what is given first slowest")
  func order() async throws {
    let runs = try await tune("--sram 64KiB,96KiB --algorithm flash2,flash1 --head-dim 32")
    #expect(
      runs.map { "\($0.sram.capacityBytes ?? 0) \($0.algorithm) \($0.pass)" }
        == [65536, 98304].flatMap { M in
          ["flash2", "flash1"].flatMap { name in
            ["forward", "backward"].map { "\(M) \(name) \($0)" }
          }
        })
    let algorithms = try await tune("--tokens 64").map(\.algorithm)
    #expect(algorithms == ["standard", "flash1", "flash2"].flatMap { [$0, $0] })
  }

  @Test("has nothing from the paper where nothing limits SRAM")
  func unlimited() async throws {
    let run = try await tune("--algorithm flash1 --pass forward --sram unlimited")[0]
    #expect(run.sram.capacityBytes == nil && run.choices.allSatisfy(\.fits))
    #expect(run.choices.map(\.name) == ["least", "fit", "published"])
    #expect(run.devices.allSatisfy { !$0.fits || run.choices[0].footprintBytes <= $0.sramBytes })
  }
}

/// What a run of the document is of, for the library.
private struct Problem {
  let algorithm: Algorithm
  let pass: Pass
  let shape: AttentionShape
  let options: AttentionOptions
  let precision: Precision
  /// SRAM, in bytes.
  let capacity: Int

  init(_ run: Tune.Run) throws {
    algorithm = try #require(Algorithm(rawValue: run.algorithm))
    pass = try #require(Pass(rawValue: run.pass))
    shape = try AttentionShape(
      batch: run.shape.batch, heads: run.shape.heads, kvHeads: run.shape.kvHeads,
      queries: run.shape.queries, keys: run.shape.keys, headDim: run.shape.headDim,
      valueDim: run.shape.valueDim)
    options = AttentionOptions(
      mask: run.mask == "causal" ? .causal() : .none, softcap: run.softcap.map { Float($0) },
      dropout: run.dropout == 0 ? nil : Dropout(probability: run.dropout, seed: 0))
    precision = Precision(
      try #require(ElementType(rawValue: run.dtype)),
      accumulatorType: ElementType(rawValue: run.accumulator))
    capacity = try #require(run.sram.capacityBytes)
  }

  func plan(_ tiling: Tiling, sram: Capacity) throws -> AttentionPlan {
    try AttentionPlan(
      algorithm, pass: pass, shape: shape, options: options, precision: precision,
      tiling: tiling, on: Machine(sram: sram, mode: .count))
  }
}

extension Document.Blocks {
  /// The library's blocks, no larger than the problem.
  fileprivate init(_ blocks: Blocks, _ shape: Document.Shape) {
    self.init(rows: min(blocks.rows, shape.queries), columns: min(blocks.columns, shape.keys))
  }
}

extension Document.Moved {
  /// What the library counts.
  fileprivate init(_ traffic: Traffic) {
    self.init(
      readElements: traffic.readElements, writtenElements: traffic.writtenElements,
      readBytes: traffic.readBytes, writtenBytes: traffic.writtenBytes)
  }
}
