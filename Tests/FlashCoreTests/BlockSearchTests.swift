import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("A search for blocks")
struct BlockSearchTests {
  /// The fewest bytes of any block sizes that fit, counted.
  private func bruteForce(
    _ algorithm: Algorithm, _ pass: Pass, _ shape: AttentionShape, _ options: AttentionOptions,
    _ precision: Precision, _ sram: Capacity
  ) -> Int? {
    var least: Int?
    for rows in 1...shape.queries {
      for columns in 1...shape.keys {
        guard
          let plan = try? AttentionPlan(
            algorithm, pass: pass, shape: shape, options: options, precision: precision,
            tiling: .blocks(rows, columns), on: machine(sram, mode: .count)),
          let bytes = try? plan.count().traffic.bytes
        else { continue }
        least = min(least ?? bytes, bytes)
      }
    }
    return least
  }

  @Test("is never beaten by all that fits, counted", arguments: Algorithm.allCases)
  func bruteForce(algorithm: Algorithm) throws {
    let seed: UInt64 = 20_261_124
    var generator = SeededGenerator(seed: seed)
    var sizes = 0
    for number in 0..<12 {
      func size(_ limit: Int) -> Int { Int.random(in: 1...limit, using: &generator) }
      let shape = try AttentionShape(
        queries: size(20), keys: size(20), headDim: size(6), valueDim: size(6))
      let options = AttentionOptions(
        mask: number % 3 == 1 ? .causal() : number % 3 == 2 ? .causal(.bottomRight) : .none)
      let precision = [Precision.f32, .f16].randomElement(using: &generator)!
      let sram = Capacity.bytes(200 + size(4000))
      for pass in Pass.allCases {
        let comment: Comment =
          "seed \(seed), number \(number): \(algorithm) \(pass) \(shape) \(options.mask) \(sram)"
        let expected = bruteForce(algorithm, pass, shape, options, precision, sram)
        guard let expected else {
          #expect(throws: AttentionError.self, comment) {
            _ = try BlockSearch(
              algorithm, pass: pass, shape: shape, options: options, precision: precision,
              sram: sram)
          }
          continue
        }
        let search = try BlockSearch(
          algorithm, pass: pass, shape: shape, options: options, precision: precision, sram: sram)
        sizes += 1
        #expect(search.isExhaustive, comment)
        #expect(search.ledger.total.bytes == expected, comment)
        let plan = try AttentionPlan(
          algorithm, pass: pass, shape: shape, options: options, precision: precision,
          tiling: .blocks(search.best), on: machine(sram, mode: .count))
        #expect(try plan.count().traffic.bytes == expected, comment)
        #expect(plan.footprint == search.footprint, comment)
      }
    }
    #expect(sizes > 10)
  }

  @Test("finds no less than fit, and the paper's order of magnitude")
  func large() throws {
    let shape = try AttentionShape(queries: 65_536, headDim: 64)
    // What these move depends on more than the numbers of blocks.
    for algorithm in Algorithm.allCases where ![.splitKV, .squareTiling].contains(algorithm) {
      // Eager standard attention holds all keys of a head.
      let sram = Capacity.kibibytes(algorithm == .standardEager ? 24 << 10 : 192)
      let search = try BlockSearch(algorithm, shape: shape, sram: sram)
      let fit = try AttentionPlan(
        algorithm, shape: shape, on: machine(sram, mode: .count))
      #expect(search.ledger.total.bytes <= fit.closedForm.total.bytes)
      #expect(search.candidates < 1000)
    }
  }

  @Test("takes steps where all pairs under a mask are too many")
  func steps() throws {
    let search = try BlockSearch(
      .flash2, shape: AttentionShape(queries: 2000, headDim: 64),
      options: AttentionOptions(mask: .causal()), sram: .kibibytes(192), effort: 100_000)
    #expect(!search.isExhaustive)
    #expect(search.candidates < 20_000)
  }
}
