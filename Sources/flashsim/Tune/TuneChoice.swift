internal import FlashCore
internal import HBMSim

/// Where block sizes come from.
enum BlockSource: String {
  /// The search for the fewest bytes.
  case least
  /// `--blocks fit`.
  case fit
  /// Line 1 of Algorithm 1, with M in elements of 4 bytes.
  case paper
  /// Line 1 of Algorithm 1, with M in bytes: a mistake.
  case paperInBytes = "paper-bytes"
  /// The authors' kernels.
  case published

  /// The name in a table.
  var title: String { self == .paperInBytes ? "paper, M in bytes" : rawValue }
}

/// Block sizes that might be taken, and what they come to.
struct TuneChoice {
  let source: BlockSource
  /// Attention with these blocks: on the core in question, or, where they do not fit, on one that is just
  /// large enough.
  let plan: AttentionPlan
  /// Whether they fit.
  let fits: Bool
  /// What moves, in closed form.
  let hbm: Traffic

  /// Takes the blocks that a tiling gives.
  ///
  /// - Throws: `AttentionError` where attention cannot be planned, for other reasons than its SRAM.
  init(
    _ source: BlockSource, _ tiling: Tiling, _ problem: TuneProblem
  ) throws(AttentionError) {
    self.source = source
    do throws(AttentionError) {
      plan = try problem.plan(tiling, sram: problem.sram)
      fits = true
    } catch {
      guard case .insufficientSRAM(_, let blocks, let needed, _) = error else { throw error }
      plan = try problem.plan(.blocks(blocks), sram: .bytes(needed))
      fits = false
    }
    hbm = plan.closedForm.total
  }
}

/// What block sizes are for.
struct TuneProblem {
  let algorithm: Algorithm
  let pass: Pass
  let shape: AttentionShape
  let options: AttentionOptions
  let precision: Precision
  let sram: Capacity

  init(_ configuration: RunConfiguration) throws(AttentionError) {
    algorithm = configuration.algorithm
    pass = configuration.pass
    shape = try configuration.generatedShape()
    options = configuration.options(heads: shape.heads)
    precision = configuration.precision(inputs: nil)
    sram = configuration.sram
  }

  /// Attention on a core that has so much SRAM.
  func plan(_ tiling: Tiling, sram: Capacity) throws(AttentionError) -> AttentionPlan {
    try AttentionPlan(
      algorithm, pass: pass, shape: shape, options: options, precision: precision,
      tiling: tiling, on: Machine(sram: sram, mode: .count))
  }
}
