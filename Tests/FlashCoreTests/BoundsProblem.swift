import FlashCore
import HBMSim
import TestSupport

/// A random problem with everything that a lower bound depends on.
struct BoundsProblem: CustomStringConvertible {
  let algorithm: Algorithm
  let pass: Pass
  let shape: AttentionShape
  let options: AttentionOptions
  let precision: Precision
  let tiling: Tiling
  let sram: Capacity

  init(using generator: inout SeededGenerator, limit: Int) throws {
    func size(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    /// As many small sizes as large ones.
    func spread(_ limit: Int) -> Int {
      let exponent = Double.random(in: 0...1, using: &generator)
      return Int(Double(limit).power(exponent).rounded())
    }
    algorithm = Algorithm.allCases.randomElement(using: &generator)!
    pass = Pass.allCases.randomElement(using: &generator)!
    let kvHeads = size(1...2)
    shape = try AttentionShape(
      batch: size(1...2), heads: kvHeads * size(1...3), kvHeads: kvHeads, queries: spread(limit),
      keys: spread(limit), headDim: spread(128), valueDim: spread(128))
    precision = [
      .f32, .f16, .bf16, Precision(.f16, accumulatorType: .f32),
      Precision(.f32, accumulatorType: .f16),
    ].randomElement(using: &generator)!
    let blocks = Blocks(rows: spread(limit), columns: spread(limit))
    tiling = [.fit, .paper, .blocks(blocks), .blocks(blocks)].randomElement(using: &generator)!
    sram = size(0...9) == 0 ? .unlimited : .bytes(1024 * spread(4096))

    var mask = Mask()
    mask.causal = [nil, nil, .topLeft, .bottomRight].randomElement(using: &generator)!
    if size(0...3) == 0 {
      mask.window = Mask.Window(left: spread(limit), right: size(0...1) == 0 ? nil : size(0...9))
      mask.sinks = size(0...3)
    }
    if size(0...3) == 0 {
      mask.keyLengths = (0..<shape.batch).map { [shape] _ in size(0...shape.keys) }
    }
    if size(0...5) == 0 {
      mask.packing = Mask.Packing(
        queries: [0, size(0...shape.queries), shape.queries],
        keys: [0, size(0...shape.keys), shape.keys])
    }
    options = AttentionOptions(
      mask: size(0...1) == 0 ? .none : mask,
      pattern: size(0...2) == 0
        ? PatternTests.patterns.randomElement(using: &generator)!.1 : .full,
      softcap: size(0...5) == 0 ? 3 : nil,
      dropout: size(0...5) == 0 ? Dropout(probability: 0.1, seed: 1) : nil)
  }

  /// The plan, where the blocks fit.
  var plan: AttentionPlan {
    get throws {
      try AttentionPlan(
        algorithm, pass: pass, shape: shape, options: options, precision: precision,
        tiling: tiling, on: machine(sram, mode: .count))
    }
  }

  var description: String {
    "\(algorithm) \(pass) \(shape) \(precision) \(tiling) \(sram) \(options)"
  }
}

extension Double {
  /// This to the power of a number between 0 and 1, to ten binary places.
  fileprivate func power(_ exponent: Double) -> Double {
    var (result, root, rest) = (1.0, self, exponent)
    for _ in 0..<10 {
      root.formSquareRoot()
      rest *= 2
      if rest >= 1 {
        result *= root
        rest -= 1
      }
    }
    return result
  }
}
