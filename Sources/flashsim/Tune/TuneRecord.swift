internal import FlashCore
internal import HBMSim

/// The block sizes that one might take for a problem.
struct TuneRecord {
  let configuration: RunConfiguration
  /// The choice that moves the fewest bytes of all that fit.
  let least: TuneChoice
  /// What else might be taken; what fit gives is the first.
  let others: [TuneChoice]
  /// How many block sizes were looked at.
  let candidates: Int
  /// Whether no other block sizes that fit can be better.
  let isExhaustive: Bool
  /// GPUs, and whether the least choice fits into the SRAM of their cores.
  let devices: [(device: Device, fits: Bool)]

  /// Searches, and compares.
  ///
  /// - Parameter effort: How many rows of blocks a search looks at, at most, before it takes steps.
  /// - Throws: `AttentionError` where sizes contradict each other, or no blocks fit.
  init(_ configuration: RunConfiguration, effort: Int = 40_000_000) throws(AttentionError) {
    let problem = try TuneProblem(configuration)
    let search = try BlockSearch(
      problem.algorithm, pass: problem.pass, shape: problem.shape, options: problem.options,
      precision: problem.precision, sram: problem.sram, effort: effort)
    self.configuration = configuration
    candidates = search.candidates
    isExhaustive = search.isExhaustive
    var others: [TuneChoice] = []
    for (source, tiling) in Self.tilings(problem) {
      others.append(try TuneChoice(source, tiling, problem))
    }
    self.others = others
    // A search that takes steps may step over one of the others.
    let best = others.filter { $0.fits && $0.hbm.bytes < search.ledger.total.bytes }
      .min { $0.hbm.bytes < $1.hbm.bytes }
    let least = try TuneChoice(.least, .blocks(best?.plan.blocks ?? search.best), problem)
    self.least = least
    devices = Device.all.map { device in
      let plan = try? problem.plan(.blocks(least.plan.blocks), sram: .bytes(device.sram))
      return (device, plan != nil)
    }
  }

  /// All choices, the least first.
  var choices: [TuneChoice] { [least] + others }

  /// How many times the bytes of the least choice another moves.
  func ratio(_ choice: TuneChoice) -> Double {
    Double(choice.hbm.bytes) / Double(least.hbm.bytes)
  }

  /// The tilings that the least is compared with.
  private static func tilings(_ problem: TuneProblem) -> [(BlockSource, Tiling)] {
    let headDim = problem.shape.headDim
    var tilings: [(BlockSource, Tiling)] = [(.fit, .fit)]
    if let bytes = problem.sram.byteCount {
      tilings += [
        (.paper, .blocks(.paper(elements: bytes / 4, headDim: headDim))),
        (.paperInBytes, .blocks(.paper(elements: bytes, headDim: headDim))),
      ]
    }
    let tile = Blocks.published(
      for: problem.algorithm, pass: problem.pass, headDim: headDim,
      hasDropout: problem.options.dropout != nil)
    if let tile { tilings.append((.published, .blocks(tile))) }
    return tilings
  }
}
